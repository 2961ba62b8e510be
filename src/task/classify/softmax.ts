import type {Values} from '../values.ts';

/** What turns a stored value into its softmax score: exp((raw − largest) × scale) / sum. */
export interface SoftmaxSum {
  readonly largest: number;
  readonly sum: number;
}

/**
 * Sums exponentials over all finite values. 8-bit tensors have at most 256 distances from the largest value, so
 * their exponentials come from a table, made once per scale.
 */
export function createSoftmaxSum(): (values: Values) => SoftmaxSum {
  const table = new Float64Array(256);
  let tableScale = Number.NaN;
  return ({raw, scale}) => {
    const largest = largestFinite(raw);
    let sum = 0;
    if (raw.BYTES_PER_ELEMENT === 1) {
      if (scale !== tableScale) {
        for (let distance = 0; distance < 256; distance++) table[distance] = Math.exp(-distance * scale);
        tableScale = scale;
      }
      for (let index = 0; index < raw.length; index++) sum += table[largest - raw[index]!]!;
    } else {
      for (let index = 0; index < raw.length; index++) {
        const value = raw[index]!;
        if (value <= largest) sum += Math.exp((value - largest) * scale);
      }
    }
    return {largest, sum};
  };
}

function largestFinite(raw: Values['raw']): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < raw.length; index++) {
    const value = raw[index]!;
    if (value > largest && value < Number.POSITIVE_INFINITY) largest = value;
  }
  return largest;
}
