/** Element types that models use; `string` and `resource` tensors never reach a session's inputs or outputs. */
export type DType =
  | 'float32'
  | 'float16'
  | 'float64'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'bool';

/** real = (q − zeroPoint) × scale. */
export interface Quantization {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** A tensor as a model declares it. A dimension of −1 is dynamic. */
export interface TensorSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Per-tensor quantization; absent for float tensors and integers that mean themselves. */
  readonly quantization?: Quantization;
}

/** A tensor with memory. `data` is the raw little-endian, row-major bytes; sessions own it and overwrite it. */
export interface Tensor extends TensorSpec {
  readonly data: Uint8Array;
}

/** Bytes of one element. */
export const bytesPerElement: Readonly<Record<DType, number>> = {
  float32: 4,
  float16: 2,
  float64: 8,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  bool: 1,
};

/** Number of elements of a fully known shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/** Bytes that a tensor of this dtype and shape takes. */
export function byteSize(spec: Pick<TensorSpec, 'dtype' | 'shape'>): number {
  return elementCount(spec.shape) * bytesPerElement[spec.dtype];
}
