import {ManifestError} from '../../error/errors.ts';
import type {DecodeOptions} from '../../model/manifest.ts';

export type AnchorOptions = NonNullable<DecodeOptions['anchors']>;

/** Reference boxes that a head's numbers are relative to, as fractions (0–1) of the input. */
export interface Anchors {
  readonly count: number;
  readonly centreX: Float64Array;
  readonly centreY: Float64Array;
  readonly width: Float64Array;
  readonly height: Float64Array;
}

/** Aspect ratios (width / height) of TensorFlow's SSD anchor generator, in its order. */
const defaultAspectRatios = [1, 2, 0.5, 3, 1 / 3];
const lowestLayerScale = 0.1;

/**
 * Anchors of every cell of every stride: strides in order, each grid row by row, `perCell` anchors in each cell,
 * centred in it. Without `minScale` all have the size of the input (MediaPipe's fixed anchors); with it they follow
 * TensorFlow's SSD generator: scales evenly spaced from `minScale` to `maxScale`, one anchor per aspect ratio, and
 * one square of the geometric mean of this scale and the next; the first stride has three when `reduceLowest`.
 *
 * @throws {ManifestError} `perCell` has another length than `strides`, or disagrees with the aspect ratios
 * @see https://github.com/tensorflow/models/blob/v2.15.0/research/object_detection/anchor_generators/multiple_grid_anchor_generator.py
 */
export function createAnchors(
  options: AnchorOptions,
  input: {readonly width: number; readonly height: number},
  where: string,
): Anchors {
  const centreX: number[] = [];
  const centreY: number[] = [];
  const width: number[] = [];
  const height: number[] = [];
  options.strides.forEach((stride, layer) => {
    const sizes = cellAnchors(options, layer, where);
    const columns = Math.ceil(input.width / stride);
    const lines = Math.ceil(input.height / stride);
    for (let line = 0; line < lines; line++) {
      for (let column = 0; column < columns; column++) {
        for (const size of sizes) {
          centreX.push((column + 0.5) / columns);
          centreY.push((line + 0.5) / lines);
          width.push(size.width);
          height.push(size.height);
        }
      }
    }
  });
  return {
    count: centreX.length,
    centreX: Float64Array.from(centreX),
    centreY: Float64Array.from(centreY),
    width: Float64Array.from(width),
    height: Float64Array.from(height),
  };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function cellAnchors(options: AnchorOptions, layer: number, where: string): readonly Size[] {
  const {strides, perCell, minScale} = options;
  const expected = perCell[layer];
  if (expected === undefined || perCell.length !== strides.length) {
    throw new ManifestError(
      `${where}: decode.anchors.perCell has ${perCell.length} numbers, expected ${strides.length}, one per stride`,
      'Give "perCell" as many numbers as "strides" in model.json.',
    );
  }
  if (minScale === undefined) return Array.from({length: expected}, () => ({width: 1, height: 1}));
  const sizes = ssdSizes(options, layer, minScale);
  if (sizes.length === expected) return sizes;
  throw new ManifestError(
    `${where}: decode.anchors.perCell[${layer}] is ${expected}, but the aspect ratios give ${sizes.length}`,
    'Correct "perCell", "aspectRatios" or "reduceLowest" under decode.anchors in model.json.',
  );
}

function ssdSizes(options: AnchorOptions, layer: number, minScale: number): readonly Size[] {
  const {strides, maxScale = 0.95, aspectRatios = defaultAspectRatios, reduceLowest = false} = options;
  const last = strides.length - 1;
  const scaleOf = (index: number) =>
    index > last ? 1 : minScale + ((maxScale - minScale) * index) / Math.max(1, last);
  const scale = scaleOf(layer);
  if (reduceLowest && layer === 0) return [sized(lowestLayerScale, 1), sized(scale, 2), sized(scale, 0.5)];
  const between = sized(Math.sqrt(scale * scaleOf(layer + 1)), 1);
  return [...aspectRatios.map(ratio => sized(scale, ratio)), between];
}

function sized(scale: number, aspectRatio: number): Size {
  return {width: scale * Math.sqrt(aspectRatio), height: scale / Math.sqrt(aspectRatio)};
}
