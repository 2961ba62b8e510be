import type {DecodeOptions} from '../manifest.ts';
import {type Finding, type Rule, shapeText} from './finding.ts';

/** Box, then six keypoints of two coordinates. */
const regressionCount = 16;

/** Anchor layouts of MediaPipe's face detectors: short range (128), back camera (256), full range (192). */
const layouts: readonly NonNullable<DecodeOptions['anchors']>[] = [
  {strides: [8, 16], perCell: [2, 6]},
  {strides: [16, 32], perCell: [2, 6]},
  {strides: [4], perCell: [1]},
];

/** MediaPipe's face detectors: regressions `[1, N, 16]` and scores `[1, N, 1]` for N anchors that the input size gives. */
export const blazeface: Rule = ({contents: {header}, image}): Finding | undefined => {
  if (!image || header.outputs.length !== 2) return undefined;
  const boxes = header.outputs.findIndex(({shape}) => shape.length === 3 && shape[2] === regressionCount);
  const scores = header.outputs.findIndex(({shape}) => shape.length === 3 && shape[2] === 1);
  const count = header.outputs[boxes]?.shape[1];
  if (boxes < 0 || scores < 0 || count === undefined || header.outputs[scores]?.shape[1] !== count) return undefined;
  const anchors = layouts.find(layout => anchorCount(layout, image.width, image.height) === count);
  if (!anchors) return undefined;
  const grids = anchors.strides.map((stride, layer) => `${anchors.perCell[layer]} per cell of stride ${stride}`);
  return {
    task: 'detect',
    family: 'blazeface',
    why: `outputs [1, ${count}, 16] and [1, ${count}, 1]: box and six keypoints, and a score, for each of BlazeFace's anchors`,
    outputs: [
      {index: boxes, role: 'boxes', why: `shape ${shapeText(header.outputs[boxes]?.shape ?? [])}`},
      {index: scores, role: 'scores', why: `shape ${shapeText(header.outputs[scores]?.shape ?? [])}`},
    ],
    decode: {activation: 'sigmoid', anchors},
    decodeReasons: {
      activation: 'BlazeFace gives logits',
      anchors: `${count} anchors on ${image.width}×${image.height}: ${grids.join(', ')}`,
    },
    image: {
      normalization: {value: {mean: [127.5], std: [127.5]}, why: 'BlazeFace takes (pixel − 127.5) / 127.5'},
      fit: {value: 'letterbox', why: 'BlazeFace takes the whole picture with its aspect kept'},
      padValue: 0,
    },
    classCount: 1,
  };
};

/** Anchors that a layout gives on an input of this size. */
export function anchorCount(
  {strides, perCell}: NonNullable<DecodeOptions['anchors']>,
  width: number,
  height: number,
): number {
  return strides.reduce(
    (total, stride, layer) => total + Math.ceil(width / stride) * Math.ceil(height / stride) * (perCell[layer] ?? 0),
    0,
  );
}
