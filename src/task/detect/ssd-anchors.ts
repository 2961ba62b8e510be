import {ManifestError} from '../../error/errors.ts';
import {type Decoder, type DecoderContext, outputAt, shapeMismatch} from '../decoder.ts';
import {requireRole} from '../roles.ts';
import {logit, rawThreshold, realAt, sigmoid, type Values, valuesOf} from '../values.ts';
import {type AnchorOptions, type Anchors, createAnchors} from './anchors.ts';
import {centredBox, createBoxDecoder} from './box-decoder.ts';
import type {Box} from './candidates.ts';
import {bestClass} from './class-scores.ts';
import {type DetectSettings, detectSettings} from './settings.ts';

/** Divisors of the centre and size regressions in TensorFlow's faster-rcnn box coder. */
const defaultScaleXy = 10;
const defaultScaleWh = 5;

/**
 * SSD without a post-processing operator. Roles: `boxes` `[1, N, 4]`: centre y, centre x, height, width relative to
 * the anchors of `decode.anchors` (centre = value / scaleXy × anchor size + anchor centre; size = exp(value /
 * scaleWh) × anchor size); `scores` `[1, N, C]` with `decode.activation` (default `sigmoid`). One class per anchor,
 * never `backgroundIndex`; threshold 0.3 and NMS per class at IoU 0.6 unless set.
 *
 * @throws {ManifestError} a role or `decode.anchors` is missing
 * @see https://github.com/tensorflow/models/blob/v2.15.0/research/object_detection/box_coders/faster_rcnn_box_coder.py
 */
export function createSsdAnchorsDecoder(context: DecoderContext): Decoder {
  const {where, decode, roles} = context;
  const settings = detectSettings(context, {scoreThreshold: 0.3, iou: 0.6, activation: 'sigmoid'});
  const {inputWidth, inputHeight, background} = settings;
  if (!decode.anchors) {
    throw new ManifestError(
      `${where}: decode.anchors is missing; family "ssd-anchors" cannot place boxes without it`,
      'Add "anchors" with "strides" and "perCell" (and "minScale", "maxScale") to "decode" in model.json.',
    );
  }
  const boxesIndex = requireRole(roles, 'boxes', where);
  const scoresIndex = requireRole(roles, 'scores', where);
  const anchors = createAnchors(decode.anchors, {width: inputWidth, height: inputHeight}, where);
  const boxAt = boxReader(anchors, decode.anchors, settings);

  return createBoxDecoder(context, settings, (outputs, candidates) => {
    const boxesTensor = outputAt(outputs, boxesIndex, where);
    const scoresTensor = outputAt(outputs, scoresIndex, where);
    const boxes = valuesOf(boxesTensor);
    const scores = valuesOf(scoresTensor);
    const classes = scores.raw.length / anchors.count;
    if (boxes.raw.length !== 4 * anchors.count) throw shapeMismatch(where, boxesTensor, `[1, ${anchors.count}, 4]`);
    if (scoresTensor.shape.at(-1) !== classes) throw shapeMismatch(where, scoresTensor, `[1, ${anchors.count}, C]`);
    const scoreOf = createScorer(scores, classes, settings);
    for (let row = 0, at = 0; row < anchors.count; row++, at += classes) {
      const classIndex = bestClass(scores.raw, {first: at, step: 1, count: classes}, background);
      if (classIndex < 0) continue;
      const score = scoreOf(at, classIndex);
      if (score > 0 && candidates.wants(score)) candidates.add(row, classIndex, score, boxAt(boxes, row));
    }
    return undefined;
  });
}

function boxReader(
  anchors: Anchors,
  {scaleXy = defaultScaleXy, scaleWh = defaultScaleWh}: AnchorOptions,
  {inputWidth, inputHeight}: DetectSettings,
): (boxes: Values, row: number) => Box {
  return (boxes, row) => {
    const at = 4 * row;
    const width = anchors.width[row]! * inputWidth;
    const height = anchors.height[row]! * inputHeight;
    return centredBox(
      anchors.centreX[row]! * inputWidth + (realAt(boxes, at + 1) / scaleXy) * width,
      anchors.centreY[row]! * inputHeight + (realAt(boxes, at) / scaleXy) * height,
      Math.exp(realAt(boxes, at + 3) / scaleWh) * width,
      Math.exp(realAt(boxes, at + 2) / scaleWh) * height,
    );
  };
}

/** Gives a class's score, or 0 when it is below the threshold; only scores that can pass are computed. */
function createScorer(
  scores: Values,
  classes: number,
  {threshold, activation}: DetectSettings,
): (first: number, classIndex: number) => number {
  const {raw, scale} = scores;
  if (activation !== 'softmax') {
    const minimum = rawThreshold(scores, activation === 'sigmoid' ? logit(threshold) : threshold);
    return (first, classIndex) => {
      if (!(raw[first + classIndex]! >= minimum)) return 0;
      const real = realAt(scores, first + classIndex);
      return activation === 'sigmoid' ? sigmoid(real) : real;
    };
  }
  return (first, classIndex) => {
    const own = raw[first + classIndex]!;
    let sum = 0;
    for (let index = first; index < first + classes; index++) {
      sum += Math.exp((raw[index]! - own) * scale);
      if (sum * threshold > 1) return 0;
    }
    return 1 / sum;
  };
}
