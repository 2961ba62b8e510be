import type {Frame} from '../image/frame.ts';
import type {Rect} from '../image/input.ts';
import type {Detection, Result} from '../task/result.ts';
import type {EventOptions} from './options.ts';
import {insideAny} from './region.ts';

/** What one frame says about one label, after all filters but the thresholds. */
export interface Observation {
  /** Best score of the label; for segmentation its share of the frame. */
  readonly score: number;
  /** Of the best detection. */
  readonly box?: Rect;
  /** Scores of all its detections; absent for tasks that do not count objects. */
  readonly scores?: readonly number[];
}

export type FrameSize = Pick<Frame, 'width' | 'height'>;

/** Observations by label, the best label first. Labels that do not count, and boxes of the wrong size or place, are left out. */
export function observe(result: Result, frame: FrameSize, options: EventOptions): Map<string, Observation> {
  switch (result.task) {
    case 'classify':
      return best(result.classes.filter(({label}) => counts(label, options)));
    case 'detect':
      return objects(
        result.detections.filter(detection => counts(detection.label, options) && fits(detection, frame, options)),
      );
    case 'segment':
      return best(
        result.classes
          .filter(({label, fraction}) => counts(label, options) && isSized(fraction, options))
          .map(({label, fraction}) => ({label, score: fraction})),
      );
    case 'tensor':
      return new Map();
  }
}

function counts(label: string, {labels, ignore}: EventOptions): boolean {
  return (!labels || labels.includes(label)) && !ignore?.includes(label);
}

function isSized(share: number, {minArea, maxArea}: EventOptions): boolean {
  return share >= minArea && share <= maxArea;
}

function fits({box}: Detection, frame: FrameSize, options: EventOptions): boolean {
  const width = overlap(box.x, box.width, frame.width) / frame.width;
  const height = overlap(box.y, box.height, frame.height) / frame.height;
  if (!isSized(width * height, options)) return false;
  if (!options.region) return true;
  const x = (box.x + box.width / 2) / frame.width;
  const y = (box.y + (options.anchor === 'centre' ? box.height / 2 : box.height)) / frame.height;
  return insideAny(options.region, x, y);
}

/** Length of what lies inside the frame. */
function overlap(start: number, length: number, frameLength: number): number {
  return Math.max(0, Math.min(start + length, frameLength) - Math.max(start, 0));
}

function best(entries: readonly {readonly label: string; readonly score: number}[]): Map<string, Observation> {
  const observations = new Map<string, Observation>();
  for (const {label, score} of entries) {
    if (score > (observations.get(label)?.score ?? Number.NEGATIVE_INFINITY)) observations.set(label, {score});
  }
  return observations;
}

function objects(detections: readonly Detection[]): Map<string, Observation> {
  const observations = new Map<string, Observation>();
  for (const {label, score, box} of detections) {
    const known = observations.get(label);
    const scores = [...(known?.scores ?? []), score];
    observations.set(label, known && known.score >= score ? {...known, scores} : {score, box, scores});
  }
  return observations;
}
