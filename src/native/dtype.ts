import {ModelUnsupportedError} from '../error/errors.ts';
import type {DType} from '../tensor/tensor.ts';

/** TfLiteType, in the C API and in the file format alike. */
const dtypeByType: Readonly<Record<number, DType>> = {
  1: 'float32',
  2: 'int32',
  3: 'uint8',
  4: 'int64',
  6: 'bool',
  7: 'int16',
  9: 'int8',
  10: 'float16',
  11: 'float64',
  13: 'uint64',
  16: 'uint32',
  17: 'uint16',
};

/** @throws {ModelUnsupportedError} strings, resources, complex numbers, and types narrower than a byte */
export function dtypeOf(type: number, tensorName: string): DType {
  const dtype = dtypeByType[type];
  if (dtype) return dtype;
  throw new ModelUnsupportedError(
    `native: tensor ${tensorName} has TensorFlow Lite type ${type}, which has no plain elements`,
    'Use a model whose inputs and outputs are numbers.',
  );
}
