import type {Tensor} from '../../tensor/tensor.ts';
import {type Decoder, type DecoderContext, outputAt, shapeMismatch} from '../decoder.ts';
import {requireRole} from '../roles.ts';
import {logit, rawThreshold, realAt, sigmoid, type Values, valuesOf} from '../values.ts';
import {centredBox, createBoxDecoder} from './box-decoder.ts';
import type {Box} from './candidates.ts';
import {bestClass} from './class-scores.ts';
import {type Cell, cellAt, createGrid} from './grid.ts';
import {detectSettings} from './settings.ts';

const defaultStrides = [8, 16, 32];

/** All rows of a run: `boxStep` box numbers and `scoreStep` score numbers in each, objectness at `objectness`. */
interface Rows {
  readonly count: number;
  readonly boxes: Values;
  readonly boxStep: number;
  readonly scores: Values;
  readonly scoreStep: number;
  readonly objectness: number;
}

/**
 * YOLOX: one row per grid cell, strides in order (default 8, 16, 32), each grid row by row.
 *
 * Roles: either `predictions` `[1, N, 5 + C]` (centre x, centre y, width, height, objectness, class scores), or
 * `boxes` `[1, N, 4]` with `scores` `[1, N, 1 + C]` (objectness first). Centres are offsets from the cell in cells,
 * sizes natural logarithms in cells; with `decode.boxes: pixels` both are input pixels and rows need no grid. Score = objectness × best class score, one class per row; threshold 0.3 and
 * NMS per class at IoU 0.45 unless set. `decode.activation: sigmoid` when the scores are still logits.
 *
 * @throws {ManifestError} neither set of roles is complete
 * @see https://github.com/Megvii-BaseDetection/YOLOX/blob/0.3.0/demo/ONNXRuntime/onnx_inference.py
 */
export function createYoloxDecoder(context: DecoderContext): Decoder {
  const {decode} = context;
  const settings = detectSettings(context, {scoreThreshold: 0.3, iou: 0.45, activation: 'none'});
  const {inputWidth, inputHeight, threshold, background} = settings;
  const grid =
    decode.boxes === 'pixels' ? undefined : createGrid(decode.strides ?? defaultStrides, inputWidth, inputHeight);
  const readRows = rowReader(context, grid?.count);
  const squash = settings.activation === 'sigmoid';
  const score = (values: Values, at: number) => (squash ? sigmoid(realAt(values, at)) : realAt(values, at));

  return createBoxDecoder(context, settings, (outputs, candidates) => {
    const {count, boxes, boxStep, scores, scoreStep, objectness} = readRows(outputs);
    // A class score is at most 1, so objectness alone rules most rows out.
    const minimum = rawThreshold(scores, squash ? logit(threshold) : threshold);
    const classCount = scoreStep - objectness - 1;
    for (let row = 0, at = objectness; row < count; row++, at += scoreStep) {
      if (!(scores.raw[at]! >= minimum)) continue;
      const classIndex = bestClass(scores.raw, {first: at + 1, step: 1, count: classCount}, background);
      if (classIndex < 0) continue;
      const product = score(scores, at) * score(scores, at + 1 + classIndex);
      if (!(product >= threshold && candidates.wants(product))) continue;
      candidates.add(row, classIndex, product, boxAt(boxes, row * boxStep, grid && cellAt(grid, row)));
    }
    return undefined;
  });
}

/** The box whose four numbers start at `at`; relative to a cell unless they are pixels already. */
function boxAt(boxes: Values, at: number, cell: Cell | undefined): Box {
  const x = realAt(boxes, at);
  const y = realAt(boxes, at + 1);
  const width = realAt(boxes, at + 2);
  const height = realAt(boxes, at + 3);
  if (!cell) return centredBox(x, y, width, height);
  const {column, line, stride} = cell;
  return centredBox((column + x) * stride, (line + y) * stride, Math.exp(width) * stride, Math.exp(height) * stride);
}

/** Joined predictions are read as boxes and scores that share one tensor. */
function rowReader({roles, where}: DecoderContext, wanted: number | undefined): (outputs: readonly Tensor[]) => Rows {
  if (roles.predictions !== undefined) {
    const index = roles.predictions;
    return outputs => {
      const tensor = outputAt(outputs, index, where);
      const step = tensor.shape.at(-1) ?? 0;
      const values = valuesOf(tensor);
      const count = values.raw.length / step;
      if (!(step > 5 && count === (wanted ?? count))) {
        throw shapeMismatch(where, tensor, `[1, ${wanted ?? 'N'}, 5 + classes]`);
      }
      return {count, boxes: values, boxStep: step, scores: values, scoreStep: step, objectness: 4};
    };
  }
  const boxesIndex = requireRole(roles, 'boxes', where);
  const scoresIndex = requireRole(roles, 'scores', where);
  return outputs => {
    const boxesTensor = outputAt(outputs, boxesIndex, where);
    const scoresTensor = outputAt(outputs, scoresIndex, where);
    const boxes = valuesOf(boxesTensor);
    const scores = valuesOf(scoresTensor);
    const count = boxes.raw.length / 4;
    const step = scoresTensor.shape.at(-1) ?? 0;
    if (boxesTensor.shape.at(-1) !== 4 || count !== (wanted ?? count)) {
      throw shapeMismatch(where, boxesTensor, `[1, ${wanted ?? 'N'}, 4]`);
    }
    if (!(step > 1 && scores.raw.length === step * count)) {
      throw shapeMismatch(where, scoresTensor, `[1, ${count}, 1 + classes]`);
    }
    return {count, boxes, boxStep: 4, scores, scoreStep: step, objectness: 0};
  };
}
