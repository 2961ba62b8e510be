import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {sharedData} from './shared-data.ts';

interface StoredTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly file?: string;
  readonly variants?: Readonly<
    Record<string, {readonly sha256: string; readonly max_abs_diff: number; readonly file?: string}>
  >;
  readonly quantization?: {readonly scale: number; readonly zero_point: number};
}

export interface StoredDetection {
  readonly label: string | null;
  readonly cls: number;
  readonly score: number;
  readonly box: readonly [number, number, number, number];
}

/** One file of the shared `expected` folder: a model, its exact input bytes, and what the reference runtime gave. */
export interface StoredCase {
  readonly case: string;
  readonly model: string;
  readonly source: string;
  readonly preprocessing: string;
  readonly inputs: readonly StoredTensor[];
  readonly outputs: readonly StoredTensor[];
  readonly decoded?: {
    readonly top?: readonly {readonly index: number; readonly label: string; readonly score: number}[];
    readonly detections?: readonly StoredDetection[];
    readonly score_threshold?: number;
    readonly nms_iou?: number;
    readonly pixels_per_class?: Readonly<Record<string, number>>;
  };
  readonly uint8_source?: {readonly file: string; readonly shape: readonly [number, number, number]};
  readonly ratio?: number;
  readonly pad?: readonly [number, number];
}

/** Every stored case of a model file with this extension, that has inputs and outputs. */
export function storedCases(extension: '.tflite' | '.onnx'): StoredCase[] {
  const folder = sharedData('expected');
  return readdirSync(folder)
    .filter(name => name.endsWith('.json'))
    .sort()
    .map(name => JSON.parse(readFileSync(join(folder, name), 'utf8')) as StoredCase)
    .filter(({model, inputs, outputs}) => model?.endsWith(extension) && inputs?.length > 0 && outputs?.length > 0);
}

/** Intersection over union of a stored [x1, y1, x2, y2] and a result's box. */
export function iou(
  a: readonly [number, number, number, number],
  b: {x: number; y: number; width: number; height: number},
): number {
  const width = Math.min(a[2], b.x + b.width) - Math.max(a[0], b.x);
  const height = Math.min(a[3], b.y + b.height) - Math.max(a[1], b.y);
  const overlap = Math.max(0, width) * Math.max(0, height);
  return overlap / ((a[2] - a[0]) * (a[3] - a[1]) + b.width * b.height - overlap);
}
