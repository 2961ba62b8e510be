import type {OnnxGraph, OnnxNode, OnnxTensor, OnnxValueInfo} from '../schema.ts';
import {elementCount, tensorInts, tensorReals} from '../tensors.ts';
import type {Known, NodeFacts, ShapeRule} from './known.ts';
import * as layout from './layout.ts';
import * as math from './math.ts';
import * as windows from './windows.ts';

/** Dimensions of a shape; a resize has one scale for each. */
const maxRank = 8;

const constant: ShapeRule = ({attribute}) => {
  const tensor = attribute('value')?.t;
  const list = attribute('value_ints')?.ints;
  if (list && list.length > 0) return [{shape: [list.length], ints: list}];
  return tensor ? [{shape: tensor.dims, ints: tensorInts(tensor)}] : [];
};

/** Fills the shape that its input lists. */
const constantOfShape: ShapeRule = ({ints}) => [{shape: ints(0)}];

const rules: Readonly<Record<string, ShapeRule>> = {
  Add: math.add,
  Sub: math.sub,
  Mul: math.mul,
  Div: math.div,
  MatMul: math.matmul,
  Gemm: math.gemm,
  Resize: math.resize,
  Upsample: math.resize,
  Shape: math.shapeOf,
  ArgMax: math.argReduce,
  ArgMin: math.argReduce,
  LSTM: math.recurrent,
  GRU: math.recurrent,
  RNN: math.recurrent,
  Conv: windows.conv,
  QLinearConv: facts => windows.conv({...facts, shape: input => facts.shape(input === 1 ? 3 : input)}),
  ConvInteger: windows.conv,
  ConvTranspose: windows.convTranspose,
  MaxPool: windows.pool,
  AveragePool: windows.pool,
  LpPool: windows.pool,
  GlobalAveragePool: windows.globalPool,
  GlobalMaxPool: windows.globalPool,
  Reshape: layout.reshape,
  Flatten: layout.flatten,
  Transpose: layout.transpose,
  Unsqueeze: layout.unsqueeze,
  Squeeze: layout.squeeze,
  Concat: layout.concat,
  Split: layout.split,
  Slice: layout.slice,
  Gather: layout.gather,
  Pad: layout.pad,
  Expand: layout.expand,
  Tile: layout.tile,
  DepthToSpace: layout.depthToSpace,
  SpaceToDepth: layout.spaceToDepth,
  Constant: constant,
  ConstantOfShape: constantOfShape,
};

const sameShape = new Set(
  `Relu LeakyRelu PRelu Sigmoid Tanh HardSigmoid HardSwish Elu Selu Gelu Mish Softplus Softsign Softmax LogSoftmax Clip Exp Log
  Sqrt Abs Neg Floor Ceil Round Erf Reciprocal Sign Sin Cos BatchNormalization InstanceNormalization LayerNormalization
  LpNormalization Dropout Identity Cast CastLike QuantizeLinear DequantizeLinear DynamicQuantizeLinear Not CumSum LRN
  ThresholdedRelu Celu IsNaN Hardmax Swish`
    .trim()
    .split(/\s+/),
);
const broadcasting = new Set(
  'Pow Max Min Sum Mean Greater GreaterOrEqual Less LessOrEqual Equal And Or Xor Where Mod BitShift'.split(' '),
);

function ruleOf(op: string): ShapeRule | undefined {
  if (sameShape.has(op)) return layout.same;
  if (broadcasting.has(op)) return math.elementwise;
  if (op.startsWith('Reduce')) return math.reduce;
  return Object.hasOwn(rules, op) ? rules[op] : undefined;
}

/** What is known of the values that a graph can read, by name. */
export interface KnownValues {
  get(name: string): Known | undefined;
}

/** Shape that the file declares; −1 for dynamic dimensions, undefined when it says nothing. */
export function declaredShape({type}: OnnxValueInfo): readonly number[] | undefined {
  return type?.tensor?.shape?.dims.map(({value}) => (value === undefined || value < 0 ? -1 : value));
}

/**
 * Works out shapes from the inputs on, for the operators that vision models are made of. Values of which nothing is known are
 * left out; what the file declares of values in between fills gaps.
 */
export function inferShapes(graph: OnnxGraph, outer?: KnownValues): KnownValues {
  const known = new Map<string, Known>();
  const visible: KnownValues = {get: name => known.get(name) ?? outer?.get(name)};
  for (const info of graph.inputs) known.set(info.name, {shape: declaredShape(info)});
  for (const tensor of graph.initializers) known.set(tensor.name, {shape: tensor.dims, ints: tensorInts(tensor)});
  const declared = new Map([...graph.valueInfos, ...graph.outputs].map(info => [info.name, declaredShape(info)]));
  const floats = new Map(graph.initializers.map(tensor => [tensor.name, tensor]));
  for (const node of graph.nodes) {
    const rule = node.inputs.length <= maxInputs ? ruleOf(node.opType) : undefined;
    const results = rule?.(factsOf(node, visible, floats)) ?? [];
    node.outputs.forEach((name, index) => {
      const result = bounded(results[index]);
      const shape = result?.shape ? merge(result.shape, declared.get(name)) : declared.get(name);
      known.set(name, {shape, ints: result?.ints});
    });
  }
  return visible;
}

/** Joins of more values are not followed. */
const maxInputs = 256;
/** Longer lists of integers are no shapes. */
const maxIntegers = 64;

/** Forgets shapes and lists that grow beyond what any model has. */
function bounded(known: Known | undefined): Known | undefined {
  const {shape, ints} = known ?? {};
  return {
    shape: shape && shape.length <= maxRank ? shape : undefined,
    ints: ints && ints.length <= maxIntegers ? ints : undefined,
  };
}

/** Takes what the file declares where the rule found a dynamic dimension. */
function merge(found: readonly number[], declared: readonly number[] | undefined): readonly number[] {
  const whole = found.map(size => (Number.isInteger(size) ? size : -1));
  if (declared?.length !== whole.length) return whole;
  return whole.map((size, axis) => (size >= 0 ? size : (declared[axis] ?? -1)));
}

function factsOf(node: OnnxNode, known: KnownValues, constants: ReadonlyMap<string, OnnxTensor>): NodeFacts {
  const of = (input: number) => known.get(node.inputs[input] ?? '');
  return {
    node,
    shape: input => of(input)?.shape,
    ints: input => of(input)?.ints,
    attribute(name) {
      // Scales of Resize are an input in later operator sets.
      const scales = name === 'scales' ? constants.get(node.inputs[node.inputs.length > 2 ? 2 : 1] ?? '') : undefined;
      const found = node.attributes.find(attribute => attribute.name === name);
      if (found || !scales || (elementCount(scales.dims) ?? maxRank + 1) > maxRank) return found;
      return {...emptyAttribute, name, floats: [...(tensorReals(scales) ?? [])]};
    },
  };
}

const emptyAttribute = {
  f: undefined,
  i: undefined,
  s: undefined,
  t: undefined,
  g: undefined,
  ints: [],
  tensors: [],
  graphs: [],
};
