import * as conv from './conv.ts';
import * as dense from './dense.ts';
import {addN, binary, convert, densify, dequantize, prelu, quantize, select, sum, unary} from './elementwise.ts';
import type {OpRule} from './facts.ts';
import * as layout from './layout.ts';
import * as recurrent from './recurrent.ts';
import * as pick from './select.ts';

const rules: Readonly<Record<string, OpRule>> = {
  CONV_2D: conv.conv2d,
  DEPTHWISE_CONV_2D: conv.depthwiseConv2d,
  TRANSPOSE_CONV: conv.transposeConv,
  AVERAGE_POOL_2D: conv.pool2d,
  MAX_POOL_2D: conv.pool2d,
  L2_POOL_2D: conv.pool2d,
  FULLY_CONNECTED: dense.fullyConnected,
  BATCH_MATMUL: dense.batchMatmul,
  SOFTMAX: dense.softmax,
  LOG_SOFTMAX: dense.softmax,
  UNIDIRECTIONAL_SEQUENCE_LSTM: recurrent.lstm,
  LSTM: recurrent.lstm,
  SVDF: recurrent.svdf,
  RESHAPE: layout.reshape,
  SQUEEZE: layout.squeeze,
  EXPAND_DIMS: layout.expandDims,
  TRANSPOSE: layout.transpose,
  CONCATENATION: layout.concatenation,
  PACK: layout.pack,
  UNPACK: layout.unpack,
  SPLIT: layout.split,
  SPLIT_V: layout.splitV,
  PAD: layout.pad,
  PADV2: layout.pad,
  MIRROR_PAD: layout.pad,
  TILE: layout.tile,
  BROADCAST_TO: layout.broadcastTo,
  DEPTH_TO_SPACE: layout.depthToSpace,
  SPACE_TO_DEPTH: layout.spaceToDepth,
  SPACE_TO_BATCH_ND: layout.spaceToBatch,
  BATCH_TO_SPACE_ND: layout.batchToSpace,
  SLICE: pick.slice,
  STRIDED_SLICE: pick.stridedSlice,
  GATHER: pick.gather,
  GATHER_ND: pick.gatherNd,
  EMBEDDING_LOOKUP: pick.embeddingLookup,
  ARG_MAX: pick.argReduce,
  ARG_MIN: pick.argReduce,
  TOPK_V2: pick.topK,
  RESIZE_BILINEAR: pick.resize,
  RESIZE_NEAREST_NEIGHBOR: pick.resize,
  CUMSUM: pick.cumsum,
  SHAPE: pick.shapeOf,
  FILL: pick.fill,
  CAST: convert,
  QUANTIZE: quantize,
  DEQUANTIZE: dequantize,
  DENSIFY: densify,
  PRELU: prelu,
  ADD_N: addN,
  SELECT: select,
  SELECT_V2: select,
  ADD: sum,
  SUB: sum,
  MUL: binary(),
  DIV: binary(),
  SQUARED_DIFFERENCE: sum,
  MAXIMUM: binary({scaled: false}),
  MINIMUM: binary({scaled: false}),
  POW: binary(),
  FLOOR_DIV: binary({scaled: false}),
  FLOOR_MOD: binary({scaled: false}),
  ATAN2: binary(),
  LOGICAL_AND: binary(),
  LOGICAL_OR: binary(),
};

const reductions = 'MEAN SUM REDUCE_PROD REDUCE_MAX REDUCE_MIN REDUCE_ANY REDUCE_ALL'.split(' ');
const comparisons = 'EQUAL NOT_EQUAL LESS LESS_EQUAL GREATER GREATER_EQUAL'.split(' ');
const functions =
  'RELU RELU6 RELU_N1_TO_1 RELU_0_TO_1 LOGISTIC TANH HARD_SWISH ELU LEAKY_RELU GELU EXP LOG SQRT RSQRT SQUARE SIN COS ABS NEG FLOOR CEIL ROUND SIGN L2_NORMALIZATION'.split(
    ' ',
  );
const moves = 'ZEROS_LIKE LOGICAL_NOT LOCAL_RESPONSE_NORMALIZATION FAKE_QUANT'.split(' ');

const allRules: ReadonlyMap<string, OpRule> = new Map([
  ...Object.entries(rules),
  ...reductions.map(name => [name, pick.reduce] as const),
  ...comparisons.map(name => [name, binary({output: 'bool'})] as const),
  ...functions.map(name => [name, unary()] as const),
  ...moves.map(name => [name, unary({scaled: false})] as const),
]);

/** The rule for a built-in operator; undefined for those whose kernels alone check them. */
export function ruleFor(name: string): OpRule | undefined {
  return allRules.get(name);
}
