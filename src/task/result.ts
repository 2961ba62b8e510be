import type {Rect} from '../image/input.ts';

/** One class with its activated score. */
export interface ClassScore {
  readonly index: number;
  readonly label: string;
  /** 0–1 */
  readonly score: number;
}

export interface ClassifyResult {
  readonly task: 'classify';
  /** Best first. */
  readonly classes: readonly ClassScore[];
}

/** One object; the box is in source-frame pixels and may reach beyond the frame. */
export interface Detection extends ClassScore {
  readonly box: Rect;
  /** Named points in source-frame pixels, for families that give them (face detectors). */
  readonly keypoints?: readonly {readonly x: number; readonly y: number}[];
}

export interface DetectResult {
  readonly task: 'detect';
  /** Best first. */
  readonly detections: readonly Detection[];
}

export interface SegmentClass {
  readonly index: number;
  readonly label: string;
  /** Share of the frame's pixels, 0–1. */
  readonly fraction: number;
}

export interface SegmentResult {
  readonly task: 'segment';
  /** Size of `mask`: the source frame's aspect as the model saw it, without padding. */
  readonly width: number;
  readonly height: number;
  /** Classes present, largest first. */
  readonly classes: readonly SegmentClass[];
  /** Class index per pixel, row-major `[height, width]`. Left out of JSON. */
  readonly mask: Uint8Array;
}

/** What a model without a known task gave: its raw outputs, untouched. */
export interface TensorResult {
  readonly task: 'tensor';
  readonly outputs: readonly {readonly name: string; readonly dtype: string; readonly shape: readonly number[]}[];
}

/** What the model saw in one frame. */
export type Result = ClassifyResult | DetectResult | SegmentResult | TensorResult;
export type Task = Result['task'];
