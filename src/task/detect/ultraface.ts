import {type Decoder, type DecoderContext, outputAt, shapeMismatch} from '../decoder.ts';
import {requireRole} from '../roles.ts';
import {rawThreshold, realAt, valuesOf} from '../values.ts';
import {createBoxDecoder} from './box-decoder.ts';
import {detectSettings} from './settings.ts';

/**
 * Ultra-Light-Fast-Generic-Face-Detector (RFB, slim). Roles: `scores` `[1, N, 2]`, softmaxed: column 0 background,
 * column 1 face, reported as class 0; `boxes` `[1, N, 4]`: left, top, right, bottom as fractions (0–1) of the input.
 * Threshold 0.7 and NMS at IoU 0.5 unless set.
 *
 * @throws {ManifestError} a role is missing
 * @see https://github.com/Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB/blob/master/vision/ssd/predictor.py
 */
export function createUltrafaceDecoder(context: DecoderContext): Decoder {
  const {where, roles} = context;
  const settings = detectSettings(context, {scoreThreshold: 0.7, iou: 0.5, activation: 'none'});
  const {inputWidth, inputHeight, threshold} = settings;
  const boxesIndex = requireRole(roles, 'boxes', where);
  const scoresIndex = requireRole(roles, 'scores', where);

  return createBoxDecoder(context, settings, (outputs, candidates) => {
    const boxesTensor = outputAt(outputs, boxesIndex, where);
    const scoresTensor = outputAt(outputs, scoresIndex, where);
    const boxes = valuesOf(boxesTensor);
    const scores = valuesOf(scoresTensor);
    const rows = scores.raw.length / 2;
    if (scoresTensor.shape.at(-1) !== 2) throw shapeMismatch(where, scoresTensor, '[1, N, 2]');
    if (boxes.raw.length !== 4 * rows) throw shapeMismatch(where, boxesTensor, `[1, ${rows}, 4]`);
    const minimum = rawThreshold(scores, threshold);
    for (let row = 0; row < rows; row++) {
      if (!(scores.raw[2 * row + 1]! >= minimum)) continue;
      candidates.add(row, 0, realAt(scores, 2 * row + 1), {
        left: realAt(boxes, 4 * row) * inputWidth,
        top: realAt(boxes, 4 * row + 1) * inputHeight,
        right: realAt(boxes, 4 * row + 2) * inputWidth,
        bottom: realAt(boxes, 4 * row + 3) * inputHeight,
      });
    }
    return undefined;
  });
}
