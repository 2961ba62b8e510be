import {bytes, child, children, choice, flag, numbers, scalar, text} from '../flatbuffer/fields.ts';
import {table} from '../flatbuffer/table.ts';
import {builtinOptions, builtinOptions2} from './options.ts';

/**
 * Tables of the TFLite schema, version 3c; fields in the schema's order.
 *
 * @see https://github.com/tensorflow/tensorflow/blob/v2.19.0/tensorflow/compiler/mlir/lite/schema/schema.fbs
 */
const customQuantization = table('CustomQuantization', {custom: bytes});

const quantizationParameters = table('QuantizationParameters', {
  min: numbers('f32'),
  max: numbers('f32'),
  scale: numbers('f32'),
  zeroPoint: numbers('i64'),
  details: choice([customQuantization]),
  quantizedDimension: scalar('i32'),
});

const indexVector = choice([
  table('Int32Vector', {values: numbers('i32')}),
  table('Uint16Vector', {values: numbers('u16')}),
  table('Uint8Vector', {values: numbers('u8')}),
]);

const dimensionMetadata = table('DimensionMetadata', {
  format: scalar('i8'),
  denseSize: scalar('i32'),
  segments: indexVector,
  indices: indexVector,
});

const sparsityParameters = table('SparsityParameters', {
  traversalOrder: numbers('i32'),
  blockMap: numbers('i32'),
  dimensions: children(dimensionMetadata),
});

const variantSubType = table('VariantSubType', {shape: numbers('i32'), type: scalar('i8'), hasRank: flag()});

const tensor = table('Tensor', {
  shape: numbers('i32'),
  type: scalar('i8'),
  buffer: scalar('u32'),
  name: text,
  quantization: child(quantizationParameters),
  isVariable: flag(),
  sparsity: child(sparsityParameters),
  shapeSignature: numbers('i32'),
  hasRank: flag(),
  variantTensors: children(variantSubType),
});

const operatorCode = table('OperatorCode', {
  deprecatedBuiltinCode: scalar('i8'),
  customCode: text,
  version: scalar('i32', 1),
  builtinCode: scalar('i32'),
});

const operator = table('Operator', {
  opcodeIndex: scalar('u32'),
  inputs: numbers('i32'),
  outputs: numbers('i32'),
  options: builtinOptions,
  customOptions: bytes,
  customOptionsFormat: scalar('i8'),
  mutatingVariableInputs: numbers('u8'),
  intermediates: numbers('i32'),
  largeCustomOptionsOffset: scalar('u64'),
  largeCustomOptionsSize: scalar('u64'),
  options2: builtinOptions2,
});

const subgraph = table('SubGraph', {
  tensors: children(tensor),
  inputs: numbers('i32'),
  outputs: numbers('i32'),
  operators: children(operator),
  name: text,
});

const buffer = table('Buffer', {data: bytes, offset: scalar('u64'), size: scalar('u64')});

const metadata = table('Metadata', {name: text, buffer: scalar('u32')});

const tensorMap = table('TensorMap', {name: text, tensorIndex: scalar('u32')});

const signature = table('SignatureDef', {
  inputs: children(tensorMap),
  outputs: children(tensorMap),
  key: text,
  deprecatedTag: text,
  subgraphIndex: scalar('u32'),
});

/** Root of a `.tflite` file. */
export const modelTable = table('Model', {
  version: scalar('u32'),
  operatorCodes: children(operatorCode),
  subgraphs: children(subgraph),
  description: text,
  buffers: children(buffer),
  metadataBuffer: numbers('i32'),
  metadata: children(metadata),
  signatures: children(signature),
});

export type RawModel = ReturnType<typeof modelTable.decode>;
export type RawTensor = ReturnType<typeof tensor.decode>;
export type RawOperator = ReturnType<typeof operator.decode>;
export type Sparsity = ReturnType<typeof sparsityParameters.decode>;
