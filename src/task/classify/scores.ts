import {type Decoder, type DecoderContext, outputAt, shapeMismatch} from '../decoder.ts';
import type {ClassScore} from '../result.ts';
import {requireRole} from '../roles.ts';
import {clampScore, logit, rawThreshold, sigmoid, type Values, valuesOf} from '../values.ts';
import {createSoftmaxSum} from './softmax.ts';
import {TopValues} from './top.ts';

/** Classes reported when nobody asks for another number. */
const defaultTop = 5;

/**
 * The best classes of one score vector: role `scores`, any shape with one dimension above 1 (`[1, C]`, `[1, 1, 1, C]`),
 * any dtype. Scores at or above the threshold (default: any), best first; the class `backgroundIndex` is left out.
 * `decode.activation` (default `none`) turns logits into scores 0–1; the selection itself runs on stored values.
 *
 * @throws {ManifestError} no output has the role `scores`
 */
export function createScoresDecoder(context: DecoderContext): Decoder {
  const {where, decode, options, label} = context;
  const scoresIndex = requireRole(context.roles, 'scores', where);
  const threshold = options.scoreThreshold ?? decode.scoreThreshold ?? Number.NEGATIVE_INFINITY;
  const top = new TopValues(Math.max(1, options.top ?? defaultTop));
  const skipIndex = decode.backgroundIndex ?? -1;
  const activation = decode.activation ?? 'none';
  const softmaxSum = createSoftmaxSum();

  return outputs => {
    const tensor = outputAt(outputs, scoresIndex, where);
    const values = valuesOf(tensor);
    if (!tensor.shape.includes(values.raw.length)) throw shapeMismatch(where, tensor, 'one score per class');
    top.select(values.raw, minimumRaw(values, activation, threshold), skipIndex);
    const {largest, sum} = activation === 'softmax' ? softmaxSum(values) : {largest: 0, sum: 1};
    const classes: ClassScore[] = [];
    for (let rank = 0; rank < top.count; rank++) {
      const raw = top.raw[rank]!;
      const real = (raw - values.zeroPoint) * values.scale;
      const score =
        activation === 'softmax'
          ? Math.exp((raw - largest) * values.scale) / sum
          : activation === 'sigmoid'
            ? sigmoid(real)
            : real;
      if (activation === 'softmax' && score < threshold) break;
      const index = top.indexes[rank]!;
      classes.push({index, label: label(index), score: clampScore(score)});
    }
    return {task: 'classify', classes};
  };
}

/** Softmax scores depend on all values, so there the threshold can only be applied afterwards. */
function minimumRaw(values: Values, activation: 'none' | 'softmax' | 'sigmoid', threshold: number): number {
  switch (activation) {
    case 'none':
      return rawThreshold(values, threshold);
    case 'sigmoid':
      return rawThreshold(values, logit(Math.max(0, threshold)));
    case 'softmax':
      return Number.NEGATIVE_INFINITY;
  }
}
