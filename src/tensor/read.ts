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
  const aligned = data.byteOffset % 8 === 0 ? data : data.slice();
  const {buffer, byteOffset, byteLength} = aligned;
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
      return new Uint16Array(buffer, byteOffset, byteLength / 2);
    case 'int32':
      return new Int32Array(buffer, byteOffset, byteLength / 4);
    case 'uint32':
      return new Uint32Array(buffer, byteOffset, byteLength / 4);
    case 'float16':
    case 'int64':
    case 'uint64':
      throw new TypeError(`tensor ${tensor.name}: ${dtype satisfies DType} has no number view`);
  }
}
