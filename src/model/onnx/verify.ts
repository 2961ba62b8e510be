import {invalidModel, printable} from '../invalid.ts';
import type {OnnxGraph, OnnxModel, OnnxNode} from './schema.ts';
import {checkTensor} from './tensors.ts';

/** Names that a graph can read: its own, then those of the graphs around it. */
interface Scope {
  readonly names: Set<string>;
  readonly outer: Scope | undefined;
}

/**
 * Checks what an ONNX file means: versions, constants, and that every node reads only what exists by then.
 *
 * @throws {ModelInvalidError} names the node or initializer and what is wrong with it
 * @throws {ModelUnsupportedError} constants in other files
 */
export function verifyOnnx(model: OnnxModel): asserts model is OnnxModel & {readonly graph: OnnxGraph} {
  const {irVersion = 0, graph, opsetImports} = model;
  if (irVersion < 1 || irVersion > 1000) throw invalidModel('onnx', `IR version ${irVersion}`);
  if (!graph) throw invalidModel('onnx', 'the file has no graph');
  if (opsetImports.length === 0 && irVersion >= 3) throw invalidModel('onnx', 'the file imports no operator set');
  const opset = opsetImports.find(({version = 0}) => version < 1);
  if (opset) throw invalidModel('onnx', `operator set "${printable(opset.domain)}" of version ${opset.version ?? 0}`);
  if (graph.outputs.length === 0) throw invalidModel('onnx', 'the graph has no outputs');
  checkGraph(graph, undefined);
  for (const {name, inputs, outputs, nodes} of model.functions) {
    const scope: Scope = {names: new Set(inputs), outer: undefined};
    for (const node of nodes) checkNode(node, scope);
    const missing = outputs.find(output => !scope.names.has(output));
    if (missing !== undefined) throw missingValue(`function "${printable(name)}"`, missing);
  }
}

function checkGraph(graph: OnnxGraph, outer: Scope | undefined): void {
  const scope: Scope = {names: new Set(), outer};
  for (const tensor of graph.initializers) {
    checkTensor(tensor);
    declare(scope, tensor.name, 'initializer');
  }
  for (const {values, indices} of graph.sparseInitializers) {
    if (!values || !indices) throw invalidModel('onnx', 'a sparse initializer lacks values or indices');
    checkTensor(values);
    checkTensor(indices);
    declare(scope, values.name, 'sparse initializer');
  }
  // Up to IR version 3 initializers are inputs too, which gives them a default.
  for (const {name} of graph.inputs) {
    if (name === '') throw invalidModel('onnx', 'a graph input has no name');
    scope.names.add(name);
  }
  for (const node of graph.nodes) checkNode(node, scope);
  const missing = graph.outputs.find(({name}) => !isKnown(scope, name));
  if (missing) throw missingValue(`graph "${printable(graph.name)}" output`, missing.name);
}

function checkNode(node: OnnxNode, scope: Scope): void {
  const where = `node "${printable(node.name)}" ${printable(node.opType)}`;
  if (node.opType === '') throw invalidModel('onnx', `${where}: no operator type`);
  const missing = node.inputs.find(name => name !== '' && !isKnown(scope, name));
  if (missing !== undefined) throw missingValue(where, missing);
  for (const {g, graphs, t, tensors} of node.attributes) {
    if (t) checkTensor(t);
    tensors.forEach(checkTensor);
    if (g) checkGraph(g, scope);
    for (const graph of graphs) checkGraph(graph, scope);
  }
  for (const output of node.outputs) if (output !== '') declare(scope, output, where);
}

function declare({names}: Scope, name: string, what: string): void {
  if (names.has(name)) throw invalidModel(`onnx: ${what}`, `the value "${printable(name)}" is defined twice`);
  names.add(name);
}

function isKnown(scope: Scope | undefined, name: string): boolean {
  for (let at = scope; at; at = at.outer) if (at.names.has(name)) return true;
  return false;
}

function missingValue(where: string, name: string): Error {
  return invalidModel(`onnx: ${where}`, `reads "${printable(name)}", which nothing has computed yet`);
}
