import {halfToNumber} from '../tensor/half.ts';
import {elements} from '../tensor/read.ts';
import type {Tensor} from '../tensor/tensor.ts';

/** Numbers as stored, with what makes them real: real = (raw − zeroPoint) × scale. Floats have scale 1, zero point 0. */
export interface Values {
  readonly raw: ReturnType<typeof elements>;
  readonly scale: number;
  readonly zeroPoint: number;
}

/** Comparing whole steps with a threshold that was divided by a rounded scale needs this slack, in steps. */
const stepSlack = 1e-6;

/** A view of the tensor's numbers where the dtype has one; float16 and 64-bit integers are converted. */
export function valuesOf(tensor: Tensor): Values {
  const {scale, zeroPoint} = tensor.quantization ?? {scale: 1, zeroPoint: 0};
  return {raw: numbersOf(tensor), scale, zeroPoint};
}

/** The real value of the element at `index`. */
export function realAt(values: Values, index: number): number {
  return (values.raw[index]! - values.zeroPoint) * values.scale;
}

/** The stored value at and above which real values are at least `real`; comparisons with it need no dequantization. */
export function rawThreshold(values: Values, real: number): number {
  if (values.scale === 1 && values.zeroPoint === 0) return real;
  return real / values.scale + values.zeroPoint - stepSlack;
}

/** Inverse of the logistic function; −Infinity at 0, Infinity at 1. */
export function logit(probability: number): number {
  return Math.log(probability / (1 - probability));
}

export function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

function numbersOf(tensor: Tensor): ReturnType<typeof elements> {
  switch (tensor.dtype) {
    case 'float16':
      return Float32Array.from(elements({...tensor, dtype: 'uint16'}), halfToNumber);
    case 'int64':
      return wideIntegers(elements({...tensor, dtype: 'int32'}));
    case 'uint64':
      return wideIntegers(elements({...tensor, dtype: 'uint32'}));
    default:
      return elements(tensor);
  }
}

/** Little-endian pairs of 32-bit words to numbers; exact up to 2^53. */
function wideIntegers(words: ReturnType<typeof elements>): Float64Array {
  const wide = new Float64Array(words.length / 2);
  for (let index = 0; index < wide.length; index++) {
    wide[index] = (words[2 * index]! >>> 0) + words[2 * index + 1]! * 2 ** 32;
  }
  return wide;
}

/** A score as results carry it: 0–1, whatever rounding or a wrong `activation` made of it. */
export function clampScore(score: number): number {
  return Math.min(1, Math.max(0, score));
}
