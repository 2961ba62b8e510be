import {bulk, bytes, float, floats, int, ints, type Message, many, message, one, text, texts} from './fields.ts';

/**
 * Messages of the ONNX format that matter here; numbers are the fields' numbers.
 *
 * @see https://github.com/onnx/onnx/blob/v1.18.0/onnx/onnx.proto3
 */
const entry = message({key: text(1), value: text(2)});

const tensor = message({
  dims: ints(1),
  dataType: int(2),
  floatData: bulk(4),
  int32Data: bulk(5),
  stringData: bulk(6),
  int64Data: bulk(7),
  name: text(8),
  rawData: bytes(9),
  doubleData: bulk(10),
  uint64Data: bulk(11),
  externalData: many(13, () => entry),
  /** 1: outside the file. */
  dataLocation: int(14),
});
export type OnnxTensor = ReturnType<typeof tensor>;

const sparseTensor = message({values: one(1, () => tensor), indices: one(2, () => tensor), dims: ints(3)});

const dimension = message({value: int(1), param: text(2)});
const shape = message({dims: many(1, () => dimension)});
const tensorType = message({elemType: int(1), shape: one(2, () => shape)});
const type = message({tensor: one(1, () => tensorType)});
const valueInfo = message({name: text(1), type: one(2, () => type)});
export type OnnxValueInfo = ReturnType<typeof valueInfo>;

export interface OnnxAttribute {
  readonly name: string;
  readonly f: number | undefined;
  readonly i: number | undefined;
  readonly s: Uint8Array | undefined;
  readonly t: OnnxTensor | undefined;
  readonly g: OnnxGraph | undefined;
  readonly floats: readonly number[];
  readonly ints: readonly number[];
  readonly tensors: readonly OnnxTensor[];
  readonly graphs: readonly OnnxGraph[];
}

const attribute: Message<OnnxAttribute> = message({
  name: text(1),
  f: float(2),
  i: int(3),
  s: bytes(4),
  t: one(5, () => tensor),
  g: one<OnnxGraph>(6, () => graph),
  floats: floats(7),
  ints: ints(8),
  tensors: many(10, () => tensor),
  graphs: many<OnnxGraph>(11, () => graph),
});

export interface OnnxNode {
  /** Names; empty: left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name: string;
  readonly opType: string;
  readonly attributes: readonly OnnxAttribute[];
  readonly domain: string;
}

const node: Message<OnnxNode> = message({
  inputs: texts(1),
  outputs: texts(2),
  name: text(3),
  opType: text(4),
  attributes: many(5, () => attribute),
  domain: text(7),
});

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly name: string;
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly valueInfos: readonly OnnxValueInfo[];
  readonly sparseInitializers: readonly ReturnType<typeof sparseTensor>[];
}

const graph: Message<OnnxGraph> = message({
  nodes: many(1, () => node),
  name: text(2),
  initializers: many(5, () => tensor),
  inputs: many(11, () => valueInfo),
  outputs: many(12, () => valueInfo),
  valueInfos: many(13, () => valueInfo),
  sparseInitializers: many(15, () => sparseTensor),
});

const operatorSet = message({domain: text(1), version: int(2)});

const functionProto = message({
  name: text(1),
  inputs: texts(4),
  outputs: texts(5),
  nodes: many(7, () => node),
  domain: text(10),
});

/** Root of an `.onnx` file. */
export const modelMessage = message({
  irVersion: int(1),
  producerName: text(2),
  producerVersion: text(3),
  domain: text(4),
  modelVersion: int(5),
  docString: text(6),
  graph: one(7, () => graph),
  opsetImports: many(8, () => operatorSet),
  metadata: many(14, () => entry),
  functions: many(25, () => functionProto),
});
export type OnnxModel = ReturnType<typeof modelMessage>;
