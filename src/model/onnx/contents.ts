import type {TensorSpec} from '../../tensor/tensor.ts';
import type {ModelContents} from '../contents.ts';
import {canonicalOp, type Graph, type GraphValue} from '../graph.ts';
import {printable, unsupportedModel} from '../invalid.ts';
import type {ModelHeader} from '../model.ts';
import {countOperators} from '../operators.ts';
import {dataType} from './data-types.ts';
import {countMacs} from './macs.ts';
import {
  modelMessage,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValueInfo,
} from './schema.ts';
import {declaredShape, inferShapes, type KnownValues} from './shapes/infer.ts';
import {elementCount, tensorReals} from './tensors.ts';
import {verifyOnnx} from './verify.ts';
import {WireReader} from './wire.ts';

/** True when the bytes can be an ONNX model: they start with its first field, the IR version. */
export function looksLikeOnnx(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] === 0x08 && (bytes[1] ?? 0) < 0x80;
}

/**
 * Reads and verifies an `.onnx` file.
 *
 * @throws {ModelInvalidError} damaged or hostile
 * @throws {ModelUnsupportedError} constants in other files, or an input or output that is not made of numbers
 */
export function readOnnx(bytes: Uint8Array): ModelContents {
  const model = modelMessage(new WireReader(bytes));
  verifyOnnx(model);
  const {graph} = model;
  const known = inferShapes(graph);
  return {header: headerOf(model, graph, known), graph: graphOf(graph, known), inputNotes: [], outputNotes: []};
}

/** Nodes of a graph and of the graphs inside it. */
function* allNodes(graph: OnnxGraph): Generator<OnnxNode> {
  for (const node of graph.nodes) {
    yield node;
    for (const {g, graphs} of node.attributes) {
      for (const body of g ? [g, ...graphs] : graphs) yield* allNodes(body);
    }
  }
}

/** Constants of a graph and of the graphs inside it. */
function* allConstants(graph: OnnxGraph): Generator<OnnxTensor> {
  yield* graph.initializers;
  for (const node of graph.nodes) {
    for (const {t, g, graphs} of node.attributes) {
      if (t) yield t;
      for (const body of g ? [g, ...graphs] : graphs) yield* allConstants(body);
    }
  }
}

const standardDomains = new Set(['', 'ai.onnx', 'ai.onnx.ml']);

function isCustom({domain}: OnnxNode): boolean {
  return !standardDomains.has(domain);
}

/** Inputs that a caller must give: initializers of the same name are defaults. */
function realInputs(graph: OnnxGraph): readonly OnnxValueInfo[] {
  const constants = new Set(graph.initializers.map(({name}) => name));
  return graph.inputs.filter(({name}) => !constants.has(name));
}

function headerOf(model: OnnxModel, graph: OnnxGraph, known: KnownValues): ModelHeader {
  const operators = countOperators(
    [...allNodes(graph)].map(node => {
      const custom = isCustom(node);
      return {name: custom ? `${node.domain}::${node.opType}` : node.opType, custom};
    }),
  );
  return {
    format: 'onnx',
    description: model.docString || graph.name,
    inputs: realInputs(graph).map(info => tensorSpec(info, declaredShape(info), 'input')),
    outputs: graph.outputs.map(info => tensorSpec(info, outputShape(info, known), 'output')),
    operators,
    customOps: operators.filter(({custom}) => custom).map(({name}) => name),
    edgetpuCompiled: false,
    macs: countMacs(graph),
    weightBytes: weightBytes(graph),
    metadata: metadataOf(model),
    packedLabels: [],
  };
}

/** What the file declares, with gaps filled by what the graph gives. */
function outputShape(info: OnnxValueInfo, known: KnownValues): readonly number[] | undefined {
  const declared = declaredShape(info);
  const found = known.get(info.name)?.shape;
  if (!declared) return found;
  return declared.map((size, axis) => (size < 0 && found?.length === declared.length ? (found[axis] ?? -1) : size));
}

function tensorSpec(info: OnnxValueInfo, shape: readonly number[] | undefined, side: string): TensorSpec {
  const code = info.type?.tensor?.elemType;
  const type = dataType(code);
  if (!type?.dtype) {
    const what = info.type?.tensor ? `its elements are of type ${type?.name ?? code}` : 'it is not a tensor';
    throw unsupportedModel(
      `onnx: ${side} "${printable(info.name)}"`,
      what,
      'Use a model whose inputs and outputs are tensors of numbers.',
    );
  }
  return {name: info.name, dtype: type.dtype, shape: shape ?? [-1]};
}

function weightBytes(graph: OnnxGraph): number {
  let total = 0;
  for (const tensor of allConstants(graph)) {
    const bits = dataType(tensor.dataType)?.bits ?? 0;
    total += Math.ceil(((elementCount(tensor.dims) ?? 0) * bits) / 8);
  }
  return total;
}

function metadataOf(model: OnnxModel): Record<string, string> {
  const own = model.metadata.map(({key, value}) => [key, value] as const);
  const producer = [model.producerName, model.producerVersion].filter(text => text !== '').join(' ');
  const opset = model.opsetImports.map(({domain, version}) => `${domain || 'ai.onnx'} ${version}`).join(', ');
  return Object.fromEntries([
    ...(producer ? [['producer', producer] as const] : []),
    ['ir_version', String(model.irVersion)] as const,
    ['opset', opset] as const,
    ...own,
  ]);
}

function graphOf(graph: OnnxGraph, known: KnownValues): Graph {
  const indexByName = new Map<string, number>();
  const values: GraphValue[] = [];
  const indexOf = (name: string): number => {
    if (name === '') return -1;
    const existing = indexByName.get(name);
    if (existing !== undefined) return existing;
    indexByName.set(name, values.length);
    values.push({name, shape: known.get(name)?.shape, reals: undefined});
    return values.length - 1;
  };
  for (const tensor of graph.initializers) {
    const index = indexOf(tensor.name);
    values[index] = {name: tensor.name, shape: tensor.dims, reals: () => tensorReals(tensor)};
  }
  for (const {opType, outputs, attributes} of graph.nodes) {
    const tensor = opType === 'Constant' ? attributes.find(({name}) => name === 'value')?.t : undefined;
    const [name] = outputs;
    if (!tensor || !name) continue;
    values[indexOf(name)] = {name, shape: tensor.dims, reals: () => tensorReals(tensor)};
  }
  const nodes = graph.nodes.map(node => ({
    op: isCustom(node) ? `${node.domain}::${node.opType}` : canonicalOp(node.opType),
    custom: isCustom(node),
    inputs: node.inputs.map(indexOf),
    outputs: node.outputs.map(indexOf),
  }));
  return {
    values,
    nodes,
    inputs: realInputs(graph).map(({name}) => indexOf(name)),
    outputs: graph.outputs.map(({name}) => indexOf(name)),
  };
}
