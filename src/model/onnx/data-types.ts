import type {DType} from '../../tensor/tensor.ts';

interface DataType {
  readonly name: string;
  /** Bits per element; 0 for strings. */
  readonly bits: number;
  /** As sessions know it; undefined for types that sessions do not carry. */
  readonly dtype?: DType;
}

/** Element types; the position is the code, 0 is undefined. @see https://github.com/onnx/onnx/blob/v1.18.0/onnx/onnx.proto3 */
const types: readonly DataType[] = [
  {name: 'undefined', bits: 0},
  {name: 'float', bits: 32, dtype: 'float32'},
  {name: 'uint8', bits: 8, dtype: 'uint8'},
  {name: 'int8', bits: 8, dtype: 'int8'},
  {name: 'uint16', bits: 16, dtype: 'uint16'},
  {name: 'int16', bits: 16, dtype: 'int16'},
  {name: 'int32', bits: 32, dtype: 'int32'},
  {name: 'int64', bits: 64, dtype: 'int64'},
  {name: 'string', bits: 0},
  {name: 'bool', bits: 8, dtype: 'bool'},
  {name: 'float16', bits: 16, dtype: 'float16'},
  {name: 'double', bits: 64, dtype: 'float64'},
  {name: 'uint32', bits: 32, dtype: 'uint32'},
  {name: 'uint64', bits: 64, dtype: 'uint64'},
  {name: 'complex64', bits: 64},
  {name: 'complex128', bits: 128},
  {name: 'bfloat16', bits: 16},
  {name: 'float8e4m3fn', bits: 8},
  {name: 'float8e4m3fnuz', bits: 8},
  {name: 'float8e5m2', bits: 8},
  {name: 'float8e5m2fnuz', bits: 8},
  {name: 'uint4', bits: 4},
  {name: 'int4', bits: 4},
  {name: 'float4e2m1', bits: 4},
  {name: 'float8e8m0', bits: 8},
  {name: 'uint2', bits: 2},
  {name: 'int2', bits: 2},
];

/** A type by its code; undefined for unknown codes and for "undefined" itself. */
export function dataType(code: number | undefined): DataType | undefined {
  return code === 0 || code === undefined ? undefined : types[code];
}
