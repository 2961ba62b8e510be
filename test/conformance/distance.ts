import {elements} from '../../src/tensor/read.ts';
import type {Tensor} from '../../src/tensor/tensor.ts';

/**
 * Normalised mean squared error of two tensors of real numbers: Σ(a − b)² / Σb², with quantized values dequantized. Where
 * the reference is all zero, the mean squared error itself.
 */
export function distance(actual: Tensor, expected: Tensor): number {
  const a = reals(actual);
  const b = reals(expected);
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let size = 0;
  for (const [index, value] of b.entries()) {
    difference += (a[index]! - value) ** 2;
    size += value ** 2;
  }
  if (!Number.isFinite(difference)) return Number.POSITIVE_INFINITY;
  return size === 0 ? difference / Math.max(1, b.length) : difference / size;
}

function reals(tensor: Tensor): number[] {
  const {scale, zeroPoint} = tensor.quantization ?? {scale: 1, zeroPoint: 0};
  if (tensor.dtype === 'int64') return Array.from(new BigInt64Array(tensor.data.slice().buffer), Number);
  return Array.from(elements(tensor), value => (value - zeroPoint) * scale);
}
