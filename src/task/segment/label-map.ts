import type {Rect} from '../../image/input.ts';
import {elements} from '../../tensor/read.ts';
import type {Tensor} from '../../tensor/tensor.ts';
import {valuesOf} from '../values.ts';
import {noClass} from './argmax.ts';

/**
 * Copies the class indexes of `area` into `mask`; what is not 0–254 becomes `noClass`. Of 64-bit integers only the
 * low words are read, which is exact in that range and spares a conversion of the whole map.
 */
export function labelsInto(mask: Uint8Array, tensor: Tensor, width: number, area: Rect): void {
  const wide = tensor.dtype === 'int64' || tensor.dtype === 'uint64';
  const step = wide ? 2 : 1;
  const {raw, scale, zeroPoint} = wide
    ? {raw: elements({...tensor, dtype: 'int32'}), scale: 1, zeroPoint: 0}
    : valuesOf(tensor);
  let pixel = 0;
  for (let y = area.y; y < area.y + area.height; y++) {
    let at = (y * width + area.x) * step;
    for (let column = 0; column < area.width; column++, at += step) {
      const value = (raw[at]! - zeroPoint) * scale;
      mask[pixel++] = value >= 0 && value < noClass ? Math.round(value) : noClass;
    }
  }
}
