import {type Decoder, type DecoderContext, outputAt, shapeMismatch} from '../decoder.ts';
import {requireRole} from '../roles.ts';
import {rawThreshold, realAt, valuesOf} from '../values.ts';
import {createBoxDecoder} from './box-decoder.ts';
import {detectSettings} from './settings.ts';

/** Class numbers from here on are garbage. */
const classLimit = 2 ** 31;

/**
 * Detections from a model that ends in TFLite's `TFLite_Detection_PostProcess` operator. That operator has already
 * suppressed overlapping boxes; it is done again only when the manifest asks for it with `decode.nms`.
 *
 * Roles: `boxes` `[1, N, 4]`: ymin, xmin, ymax, xmax as fractions (0–1) of the input; `classes` `[1, N]`, whole numbers
 * counted from 0; `scores` `[1, N]`, 0–1; `count` `[1]`, how many rows hold (all when the role is not given).
 * Threshold 0.3 unless set.
 *
 * @throws {ManifestError} a role is missing
 * @see https://github.com/tensorflow/tensorflow/blob/v2.16.1/tensorflow/lite/kernels/detection_postprocess.cc
 */
export function createSsdPostprocessDecoder(context: DecoderContext): Decoder {
  const {where, roles} = context;
  const settings = detectSettings(context, {scoreThreshold: 0.3, iou: 1, activation: 'none'});
  const {inputWidth, inputHeight, threshold, background} = settings;
  const boxesIndex = requireRole(roles, 'boxes', where);
  const classesIndex = requireRole(roles, 'classes', where);
  const scoresIndex = requireRole(roles, 'scores', where);

  return createBoxDecoder(context, settings, (outputs, candidates) => {
    const boxesTensor = outputAt(outputs, boxesIndex, where);
    const boxes = valuesOf(boxesTensor);
    const classes = valuesOf(outputAt(outputs, classesIndex, where));
    const scores = valuesOf(outputAt(outputs, scoresIndex, where));
    const rows = scores.raw.length;
    if (boxes.raw.length !== 4 * rows || classes.raw.length !== rows) {
      throw shapeMismatch(where, boxesTensor, `[1, ${rows}, 4], for ${rows} scores and ${classes.raw.length} classes`);
    }
    const count = roles.count === undefined ? rows : realAt(valuesOf(outputAt(outputs, roles.count, where)), 0);
    const minimum = rawThreshold(scores, threshold);
    for (let row = 0; row < rows && row < count; row++) {
      const classIndex = Math.round(realAt(classes, row));
      if (!(scores.raw[row]! >= minimum && classIndex >= 0 && classIndex < classLimit)) continue;
      if (classIndex === background) continue;
      candidates.add(row, classIndex, realAt(scores, row), {
        top: realAt(boxes, 4 * row) * inputHeight,
        left: realAt(boxes, 4 * row + 1) * inputWidth,
        bottom: realAt(boxes, 4 * row + 2) * inputHeight,
        right: realAt(boxes, 4 * row + 3) * inputWidth,
      });
    }
    return undefined;
  });
}
