import {type Decoder, type DecoderContext, outputAt, shapeMismatch} from '../decoder.ts';
import {requireRole} from '../roles.ts';
import {logit, rawThreshold, realAt, sigmoid, type Values, valuesOf} from '../values.ts';
import {createAnchors} from './anchors.ts';
import {centredBox, createBoxDecoder} from './box-decoder.ts';
import type {Point} from './report.ts';
import {type DetectSettings, detectSettings} from './settings.ts';

/** The short-range model's anchors: a grid of stride 8 with 2 per cell, then one of stride 16 with 6. */
const defaultAnchors = {strides: [8, 16], perCell: [2, 6]};
/** Centre x, centre y, width, height, before the keypoints. */
const boxNumbers = 4;

/**
 * MediaPipe's face detectors. Roles: `boxes` `[1, N, 4 + 2K]`: centre x, centre y, width, height, then K keypoints
 * x, y, as fractions of the input times `scaleXy` / `scaleWh` (default: the input size, so in input pixels), relative
 * to the anchor's centre; `scores` `[1, N, 1]`, logits unless `decode.activation` is `none`. Threshold 0.5 and NMS at
 * IoU 0.3 unless set.
 *
 * @throws {ManifestError} a role is missing or the anchors make no sense
 * @see https://github.com/google-ai-edge/mediapipe/blob/v0.10.14/mediapipe/modules/face_detection/face_detection.pbtxt
 */
export function createBlazefaceDecoder(context: DecoderContext): Decoder {
  const {where, roles} = context;
  const settings = detectSettings(context, {scoreThreshold: 0.5, iou: 0.3, activation: 'sigmoid'});
  const boxesIndex = requireRole(roles, 'boxes', where);
  const scoresIndex = requireRole(roles, 'scores', where);
  const {count, ...place} = createPlacement(context, settings);
  const squash = settings.activation === 'sigmoid';

  return createBoxDecoder(context, settings, (outputs, candidates) => {
    const boxesTensor = outputAt(outputs, boxesIndex, where);
    const scoresTensor = outputAt(outputs, scoresIndex, where);
    const boxes = valuesOf(boxesTensor);
    const scores = valuesOf(scoresTensor);
    const step = boxes.raw.length / count;
    if (scores.raw.length !== count) throw shapeMismatch(where, scoresTensor, `[1, ${count}, 1]`);
    if (boxesTensor.shape.at(-1) !== step || step < boxNumbers) {
      throw shapeMismatch(where, boxesTensor, `[1, ${count}, 4 + 2 × keypoints]`);
    }
    const minimum = rawThreshold(scores, squash ? logit(settings.threshold) : settings.threshold);
    for (let row = 0; row < count; row++) {
      if (!(scores.raw[row]! >= minimum)) continue;
      const real = realAt(scores, row);
      const {x, y} = place.point(boxes, row, row * step);
      const {width, height} = place.size(boxes, row * step + 2);
      candidates.add(row, 0, squash ? sigmoid(real) : real, centredBox(x, y, width, height));
    }
    return row => {
      const points: Point[] = [];
      for (let at = row * step + boxNumbers; at + 1 < (row + 1) * step; at += 2)
        points.push(place.point(boxes, row, at));
      return points;
    };
  });
}

/** Brings the model's numbers to input pixels. */
function createPlacement({decode, where}: DecoderContext, {inputWidth, inputHeight}: DetectSettings) {
  const anchors = createAnchors(decode.anchors ?? defaultAnchors, {width: inputWidth, height: inputHeight}, where);
  const {scaleXy, scaleWh} = decode.anchors ?? {};
  const xUnit = inputWidth / (scaleXy ?? inputWidth);
  const yUnit = inputHeight / (scaleXy ?? inputHeight);
  const widthUnit = inputWidth / (scaleWh ?? inputWidth);
  const heightUnit = inputHeight / (scaleWh ?? inputHeight);
  return {
    count: anchors.count,
    point: (boxes: Values, row: number, at: number): Point => ({
      x: anchors.centreX[row]! * inputWidth + realAt(boxes, at) * xUnit,
      y: anchors.centreY[row]! * inputHeight + realAt(boxes, at + 1) * yUnit,
    }),
    size: (boxes: Values, at: number) => ({
      width: realAt(boxes, at) * widthUnit,
      height: realAt(boxes, at + 1) * heightUnit,
    }),
  };
}
