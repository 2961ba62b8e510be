/** A value of a graph: an input, a constant, or what a node computes. */
export interface GraphValue {
  readonly name: string;
  /** Undefined when unknown; −1 for a dynamic dimension. */
  readonly shape: readonly number[] | undefined;
  /** Contents of a constant as real numbers (dequantized); undefined for other values and types. Computed on each call. */
  readonly reals: (() => Float32Array | undefined) | undefined;
}

/** One operator. `op` is the same for both formats: see `canonicalOp`. */
export interface GraphNode {
  readonly op: string;
  readonly custom: boolean;
  /** Indices of values; −1: left out. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** What inference of a manifest looks at: the main graph of either format, in execution order. */
export interface Graph {
  readonly values: readonly GraphValue[];
  readonly nodes: readonly GraphNode[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

const synonyms: Readonly<Record<string, string>> = {
  logistic: 'sigmoid',
  conv2d: 'conv',
  depthwiseconv2d: 'depthwiseconv',
  averagepool2d: 'averagepool',
  maxpool2d: 'maxpool',
  globalaveragepool: 'averagepool',
  globalmaxpool: 'maxpool',
  reducemean: 'mean',
  fullyconnected: 'gemm',
  batchmatmul: 'matmul',
  quantizelinear: 'quantize',
  dequantizelinear: 'dequantize',
  l2normalization: 'lpnormalization',
  resizebilinear: 'resize',
  resizenearestneighbor: 'resize',
  expanddims: 'unsqueeze',
};

/** One name for what TFLite calls `DEPTHWISE_CONV_2D` or `LOGISTIC` and ONNX `Conv` or `Sigmoid`. */
export function canonicalOp(name: string): string {
  const plain = name.toLowerCase().replaceAll('_', '');
  return synonyms[plain] ?? plain;
}

/** The node that computes a value; undefined for inputs and constants. */
export function producerOf(graph: Graph, value: number): GraphNode | undefined {
  return graph.nodes.find(node => node.outputs.includes(value));
}

/** The nodes that read a value. */
export function consumersOf(graph: Graph, value: number): readonly GraphNode[] {
  return graph.nodes.filter(node => node.inputs.includes(value));
}

/** Operators that change how numbers are laid out or stored, not what they mean. */
const neutralOps = new Set([
  'reshape',
  'squeeze',
  'unsqueeze',
  'flatten',
  'transpose',
  'quantize',
  'dequantize',
  'cast',
  'identity',
  'dropout',
]);

/** More conversions in a row than any exporter writes. */
const maxNeutralSteps = 32;

/** The first node, walking back from a value, that does more than reshape, convert or quantize. */
export function meaningfulProducer(graph: Graph, value: number): GraphNode | undefined {
  let node = producerOf(graph, value);
  for (let steps = 0; node && neutralOps.has(node.op) && steps < maxNeutralSteps; steps++) {
    node = producerOf(graph, node.inputs[0] ?? -1);
  }
  return node;
}

/** Operators that a value depends on, directly or not. */
export function ancestorOps(graph: Graph, value: number): ReadonlySet<string> {
  const ops = new Set<string>();
  const wanted = new Set([value]);
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some(output => wanted.has(output))) continue;
    ops.add(node.op);
    for (const input of node.inputs) wanted.add(input);
  }
  return ops;
}
