import type {DType} from '../tensor/tensor.ts';
import {malformed, shown} from './malformed.ts';

/** Element types of the protocol that Dunlin's tensors have. BYTES (text) and BF16 are refused. */
export type Datatype =
  | 'BOOL'
  | 'UINT8'
  | 'UINT16'
  | 'UINT32'
  | 'UINT64'
  | 'INT8'
  | 'INT16'
  | 'INT32'
  | 'INT64'
  | 'FP16'
  | 'FP32'
  | 'FP64';

const datatypes: Readonly<Record<DType, Datatype>> = {
  bool: 'BOOL',
  uint8: 'UINT8',
  uint16: 'UINT16',
  uint32: 'UINT32',
  uint64: 'UINT64',
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  float16: 'FP16',
  float32: 'FP32',
  float64: 'FP64',
};

const dtypes = new Map(Object.entries(datatypes).map(([dtype, datatype]) => [datatype as string, dtype as DType]));

export function datatypeOf(dtype: DType): Datatype {
  return datatypes[dtype];
}

/**
 * @param where leads the message: `inputs[0].datatype`
 * @throws {InputError} unknown, or one that has no tensor here
 */
export function dtypeOf(datatype: unknown, where: string): DType {
  const dtype = typeof datatype === 'string' ? dtypes.get(datatype) : undefined;
  if (dtype !== undefined) return dtype;
  if (datatype === 'BYTES') throw malformed(where, 'BYTES (text) tensors are not supported');
  throw malformed(where, `expected one of ${[...dtypes.keys()].join(', ')}, got ${shown(datatype)}`);
}
