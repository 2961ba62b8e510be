import type {Tensor} from '../../tensor/tensor.ts';
import {type Decoder, type DecoderContext, outputAt, shapeMismatch} from '../decoder.ts';
import {requireRole} from '../roles.ts';
import {rawThreshold, realAt, sigmoid, valuesOf} from '../values.ts';
import {centredBox, createBoxDecoder} from './box-decoder.ts';
import {bestClass} from './class-scores.ts';
import {detectSettings} from './settings.ts';

/** score = objectness^0.6 × class score^0.4 */
const objectnessPower = 0.6;
const classPower = 0.4;

/**
 * FastestDet: one anchor-free head. Role `predictions` `[1, 5 + C, H, W]` (or `[1, H, W, 5 + C]`): objectness (0–1),
 * box (x, y offset from the cell before tanh; width, height before the logistic function, as fractions of the
 * input), class scores (0–1). One class per cell; threshold 0.6 and NMS per class at IoU 0.45 unless set.
 *
 * @throws {ManifestError} no output has the role `predictions`
 * @see https://github.com/dog-qiuqiu/FastestDet/blob/main/example/onnx-runtime/runtime.py
 */
export function createFastestdetDecoder(context: DecoderContext): Decoder {
  const {where, layout} = context;
  const settings = detectSettings(context, {scoreThreshold: 0.6, iou: 0.45, activation: 'none'});
  const {inputWidth, inputHeight, threshold, background} = settings;
  const predictionsIndex = requireRole(context.roles, 'predictions', where);

  return createBoxDecoder(context, settings, (outputs, candidates) => {
    const tensor = outputAt(outputs, predictionsIndex, where);
    const {channels, lines, columns, cellStep, step} = headOf(tensor, layout, where);
    const values = valuesOf(tensor);
    // The class score is at most 1, so objectness alone rules most cells out.
    const minimum = rawThreshold(values, threshold ** (1 / objectnessPower));
    for (let cell = 0, at = 0; cell < lines * columns; cell++, at += cellStep) {
      if (!(values.raw[at]! >= minimum)) continue;
      const classIndex = bestClass(values.raw, {first: at + 5 * step, step, count: channels - 5}, background);
      if (classIndex < 0) continue;
      const classScore = realAt(values, at + (5 + classIndex) * step);
      const score = realAt(values, at) ** objectnessPower * classScore ** classPower;
      if (!(score >= threshold && candidates.wants(score))) continue;
      const column = cell % columns;
      const line = (cell - column) / columns;
      const centreX = ((column + Math.tanh(realAt(values, at + step))) / columns) * inputWidth;
      const centreY = ((line + Math.tanh(realAt(values, at + 2 * step))) / lines) * inputHeight;
      const width = sigmoid(realAt(values, at + 3 * step)) * inputWidth;
      const height = sigmoid(realAt(values, at + 4 * step)) * inputHeight;
      candidates.add(cell, classIndex, score, centredBox(centreX, centreY, width, height));
    }
    return undefined;
  });
}

/** Cells are `cellStep` values apart, the channels of one cell `step`. */
function headOf(tensor: Tensor, layout: 'nhwc' | 'nchw', where: string) {
  const [batch, first = 0, second = 0, third = 0] = tensor.shape;
  const channelsFirst = layout === 'nchw';
  const [channels, lines, columns] = channelsFirst ? [first, second, third] : [third, first, second];
  if (batch !== 1 || tensor.shape.length !== 4 || channels < 6) {
    throw shapeMismatch(where, tensor, channelsFirst ? '[1, 5 + classes, H, W]' : '[1, H, W, 5 + classes]');
  }
  const [cellStep, step] = channelsFirst ? [1, lines * columns] : [channels, 1];
  return {channels, lines, columns, cellStep, step};
}
