import type {Candidates} from './candidates.ts';

export interface NmsOptions {
  /** Of two boxes that overlap by more than this, the one with the lower score goes. */
  readonly iou: number;
  /** True: boxes of different classes suppress each other too. */
  readonly classAgnostic: boolean;
  readonly maxDetections: number;
}

/**
 * Greedy non-maximum suppression: takes the best box, drops what overlaps it, goes on with the rest.
 * O(kept × candidates), over at most `candidateLimit` boxes.
 *
 * @returns slots of the survivors, best first, ties in the order they were added
 */
export function suppress(candidates: Candidates, options: NmsOptions): number[] {
  const kept: number[] = [];
  const {classIndex} = candidates;
  for (const slot of candidates.ranked()) {
    if (kept.length === options.maxDetections) break;
    const beaten = kept.some(
      better =>
        (options.classAgnostic || classIndex[better] === classIndex[slot]) &&
        intersectionOverUnion(candidates, better, slot) > options.iou,
    );
    if (!beaten) kept.push(slot);
  }
  return kept;
}

/** Area shared by two boxes over the area they cover together, 0–1. */
export function intersectionOverUnion(boxes: Candidates, a: number, b: number): number {
  const {left, top, right, bottom} = boxes;
  const width = Math.min(right[a]!, right[b]!) - Math.max(left[a]!, left[b]!);
  const height = Math.min(bottom[a]!, bottom[b]!) - Math.max(top[a]!, top[b]!);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  const areaA = (right[a]! - left[a]!) * (bottom[a]! - top[a]!);
  const areaB = (right[b]! - left[b]!) * (bottom[b]! - top[b]!);
  return shared / (areaA + areaB - shared);
}
