import type {Geometry} from '../../image/input.ts';
import {sourceBox, sourcePoint} from '../geometry.ts';
import type {Labeler} from '../labels.ts';
import type {Detection, DetectResult} from '../result.ts';
import {clampScore} from '../values.ts';
import type {Candidates} from './candidates.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Keypoints of one row of the model's output, in input pixels. */
export type KeypointReader = (row: number) => readonly Point[];

export interface ReportOptions {
  readonly geometry: Geometry;
  readonly label: Labeler;
  readonly keypoints: KeypointReader | undefined;
}

/** The chosen boxes in source-frame pixels, not clipped; those wholly outside (in the padding) are left out. */
export function report(candidates: Candidates, slots: readonly number[], options: ReportOptions): DetectResult {
  const {geometry, label, keypoints} = options;
  const detections: Detection[] = [];
  for (const slot of slots) {
    const box = sourceBox(
      {
        left: candidates.left[slot]!,
        top: candidates.top[slot]!,
        right: candidates.right[slot]!,
        bottom: candidates.bottom[slot]!,
      },
      geometry,
    );
    if (!box) continue;
    const index = candidates.classIndex[slot]!;
    const detection = {index, label: label(index), score: clampScore(candidates.score[slot]!), box};
    const points = keypoints?.(candidates.row[slot]!).map(({x, y}) => sourcePoint(x, y, geometry));
    detections.push(points?.every(isFinitePoint) ? {...detection, keypoints: points} : detection);
  }
  return {task: 'detect', detections};
}

function isFinitePoint({x, y}: Point): boolean {
  return Number.isFinite(x) && Number.isFinite(y);
}
