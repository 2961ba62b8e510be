import fc from 'fast-check';
import type {EncodedBody} from '../../src/kserve/body.ts';
import {bytesPerElement, type DType, elementCount, type Tensor} from '../../src/tensor/tensor.ts';

export const dtypes = Object.keys(bytesPerElement) as DType[];

/** A message as it arrives: one piece of memory, at an odd address. */
export function arrived({parts, byteLength}: EncodedBody): Buffer {
  const memory = Buffer.alloc(byteLength + 1).subarray(1);
  let at = 0;
  for (const part of parts) {
    memory.set(part, at);
    at += part.byteLength;
  }
  return memory;
}

/** Tensors of any dtype with numbers that JSON has: no NaN, no infinity, no minus zero. */
export const anyTensor: fc.Arbitrary<Tensor> = fc
  .tuple(
    fc.constantFrom(...dtypes),
    fc.array(fc.nat({max: 4}), {maxLength: 4}),
    fc.string({minLength: 1, maxLength: 20}),
  )
  .chain(([dtype, shape, name]) => {
    const size = elementCount(shape) * bytesPerElement[dtype];
    return fc
      .uint8Array({minLength: size, maxLength: size})
      .map(bytes => ({name, dtype, shape, data: plain(dtype, bytes)}));
  });

export const anyTensors = fc.uniqueArray(anyTensor, {maxLength: 4, selector: ({name}) => name});

function plain(dtype: DType, bytes: Uint8Array): Uint8Array {
  const data = Uint8Array.from(bytes);
  if (dtype === 'bool') return data.map(byte => byte & 1);
  if (!dtype.startsWith('float')) return data;
  const size = bytesPerElement[dtype];
  for (let at = 0; at < data.length; at += size) {
    // An exponent that is neither all ones (infinite) nor all zeros with sign (minus zero).
    data[at + size - 1] = (data[at + size - 1]! & 0xbf) | 0x01;
    data[at + size - 2]! |= 0x04;
    data[at + size - 2]! &= 0xf7;
  }
  return data;
}

export function tensor(name: string, dtype: DType, shape: readonly number[], values: ArrayBufferView): Tensor {
  return {name, dtype, shape, data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength)};
}
