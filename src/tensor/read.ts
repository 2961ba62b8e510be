import type {DType, Tensor} from './tensor.ts';

type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/**
 * The tensor's elements as stored (quantized values stay quantized), as a view where alignment allows, else a copy.
 *
 * @throws {TypeError} for dtypes that no decoder reads as numbers (float16, 64-bit integers)
 */
export function elements(tensor: Tensor): NumberArray {
  const {data, dtype} = tensor;
  if (dtype === 'float16' || dtype === 'int64' || dtype === 'uint64') {
    throw new TypeError(`tensor ${tensor.name}: ${dtype} has no number view`);
  }
  return numberView(dtype, data.byteOffset % 8 === 0 ? data : data.slice());
}

/** The elements of memory that is aligned for its dtype; booleans as bytes, half floats as their bits. */
export function numberView(
  dtype: Exclude<DType, 'int64' | 'uint64'>,
  {buffer, byteOffset, byteLength}: Uint8Array,
): NumberArray {
  switch (dtype) {
    case 'float32':
      return new Float32Array(buffer, byteOffset, byteLength / 4);
    case 'float64':
      return new Float64Array(buffer, byteOffset, byteLength / 8);
    case 'int8':
      return new Int8Array(buffer, byteOffset, byteLength);
    case 'uint8':
    case 'bool':
      return new Uint8Array(buffer, byteOffset, byteLength);
    case 'int16':
      return new Int16Array(buffer, byteOffset, byteLength / 2);
    case 'uint16':
    case 'float16':
      return new Uint16Array(buffer, byteOffset, byteLength / 2);
    case 'int32':
      return new Int32Array(buffer, byteOffset, byteLength / 4);
    case 'uint32':
      return new Uint32Array(buffer, byteOffset, byteLength / 4);
  }
}

/** The 64-bit integers of memory that is aligned for them. */
export function bigView(
  dtype: 'int64' | 'uint64',
  {buffer, byteOffset, byteLength}: Uint8Array,
): BigInt64Array | BigUint64Array {
  return dtype === 'int64'
    ? new BigInt64Array(buffer, byteOffset, byteLength / 8)
    : new BigUint64Array(buffer, byteOffset, byteLength / 8);
}
