import test from 'ava';
import {ModelInvalidError} from '../../../src/error/errors.ts';
import {readTflite} from '../../../src/model/tflite/contents.ts';
import {buildTflite, codes, floats, int32s, type OperatorPlan, type TensorPlan, types} from './build-tflite.ts';
import {type Cell, f32, i8, i32, numbers} from './write-flatbuffer.ts';

/** Positions in the union BuiltinOptions. */
const unions = {
  conv: 1,
  depthwise: 2,
  pool: 5,
  fullyConnected: 8,
  softmax: 9,
  concatenation: 10,
  reshape: 17,
  gather: 23,
  reducer: 27,
  stridedSlice: 32,
  split: 35,
};

interface Case {
  readonly operator: Omit<OperatorPlan, 'inputs' | 'outputs'>;
  /** The operator's inputs; those without contents are inputs of the graph. */
  readonly inputs: readonly TensorPlan[];
  readonly output: TensorPlan;
}

function read({operator, inputs, output}: Case) {
  const indices = inputs.map((_, index) => index);
  return readTflite(
    buildTflite({
      subgraphs: [
        {
          tensors: [...inputs, output],
          inputs: indices.filter(index => !inputs[index]?.data && !inputs[index]?.isVariable),
          outputs: [inputs.length],
          operators: [{...operator, inputs: indices, outputs: [inputs.length]}],
        },
      ],
    }),
  );
}

const window = (stride = 1, dilation = 1, padding = 0): readonly Cell[] => [
  i8(padding),
  i32(stride),
  i32(stride),
  i8(0),
  i32(dilation),
  i32(dilation),
];

const picture: TensorPlan = {shape: [1, 8, 8, 3]};
const filter: TensorPlan = {shape: [4, 3, 3, 3], data: floats(108)};
const bias: TensorPlan = {shape: [4], data: floats(4)};
const conv: Case = {
  operator: {code: codes.CONV_2D, options: [unions.conv, ...window()]},
  inputs: [picture, filter, bias],
  output: {shape: [1, 8, 8, 4]},
};
const dense: Case = {
  operator: {code: codes.FULLY_CONNECTED, options: [unions.fullyConnected, i8(0), i8(0), i8(0)]},
  inputs: [{shape: [1, 6]}, {shape: [2, 6], data: floats(12)}, {shape: [2], data: floats(2)}],
  output: {shape: [1, 2]},
};
const integer = (...values: readonly number[]): TensorPlan => ({
  shape: [values.length],
  type: types.int32,
  data: int32s(...values),
});
const slice = (begin: number, end: number, stride = 1): Case => ({
  operator: {
    code: codes.STRIDED_SLICE,
    options: [unions.stridedSlice, i32(0), i32(0), i32(0), i32(0), i32(0)],
  },
  inputs: [{shape: [8]}, integer(begin), integer(end), integer(stride)],
  output: {shape: [4]},
});
const reshape = (...target: readonly number[]): Case => ({
  operator: {code: codes.RESHAPE, options: [unions.reshape]},
  inputs: [{shape: [2, 6]}, integer(...target)],
  output: {shape: [12]},
});
const gather = (...indices: readonly number[]): Case => ({
  operator: {code: codes.GATHER, options: [unions.gather, i32(0)]},
  inputs: [{shape: [5, 2]}, integer(...indices)],
  output: {shape: [indices.length, 2]},
});

const accepts = test.macro({
  title: (title = '') => `accepted: ${title}`,
  exec(t, plan: Case) {
    t.notThrows(() => read(plan));
  },
});
const refuses = test.macro({
  title: (title = '') => `refused: ${title}`,
  exec(t, plan: Case, message: RegExp) {
    t.throws(() => read(plan), {instanceOf: ModelInvalidError, message});
  },
});

test('a convolution', accepts, conv);
test('a convolution without bias', accepts, {...conv, inputs: [picture, filter]});
test('a grouped convolution', accepts, {
  ...conv,
  inputs: [{shape: [1, 8, 8, 6]}, filter, bias],
});
test(
  'a convolution over other channels than its filter has',
  refuses,
  {...conv, inputs: [{shape: [1, 8, 8, 4]}, filter, bias]},
  /operator 0 CONV_2D: filter of shape \[4,3,3,3\] over 4 channels/,
);
test(
  'a convolution with a bias of another length',
  refuses,
  {...conv, inputs: [picture, filter, {shape: [5], data: floats(5)}]},
  /a bias of \[5\] for 4 channels/,
);
test(
  'a convolution with stride 0',
  refuses,
  {...conv, operator: {code: codes.CONV_2D, options: [unions.conv, ...window(0)]}},
  /stride_w 0/,
);
test(
  'a convolution with negative dilation',
  refuses,
  {...conv, operator: {code: codes.CONV_2D, options: [unions.conv, ...window(1, -1)]}},
  /dilation_w_factor -1/,
);
test(
  'a convolution whose filter is larger than the picture',
  refuses,
  {
    ...conv,
    operator: {code: codes.CONV_2D, options: [unions.conv, ...window(1, 5, 1)]},
  },
  /a window of 11 does not fit into 8/,
);
test(
  'a convolution without options',
  refuses,
  {...conv, operator: {code: codes.CONV_2D}},
  /has no options, expected Conv2D/,
);
test(
  'a convolution of bytes without a scale',
  refuses,
  {
    ...conv,
    inputs: [
      {...picture, type: types.int8},
      {...filter, type: types.int8, data: new Uint8Array(108), scales: [0.1]},
      {...bias, type: types.int32},
    ],
    output: {...conv.output, type: types.int8, scales: [0.1]},
  },
  /input of int8 has the scales \[\], expected one usable/,
);
test(
  'a convolution of bytes with float filters',
  refuses,
  {
    ...conv,
    inputs: [{...picture, type: types.int8, scales: [1]}, filter],
    output: {...conv.output, type: types.int8, scales: [1]},
  },
  /filter is of type float32, expected int8, int4/,
);
test(
  'a depthwise convolution whose filters are no multiple of the channels',
  refuses,
  {
    operator: {
      code: codes.DEPTHWISE_CONV_2D,
      options: [unions.depthwise, i8(0), i32(1), i32(1), i32(0), i8(0), i32(1), i32(1)],
    },
    inputs: [picture, {shape: [1, 3, 3, 4], data: floats(36)}],
    output: {shape: [1, 8, 8, 4]},
  },
  /filter of shape \[1,3,3,4\] over 3 channels/,
);
test(
  'pooling over nothing',
  refuses,
  {
    operator: {code: codes.AVERAGE_POOL_2D, options: [unions.pool, i8(0), i32(1), i32(1), i32(0), i32(2), i8(0)]},
    inputs: [picture],
    output: picture,
  },
  /filter of 2×0/,
);
test('a dense layer', accepts, dense);
test(
  'a dense layer whose weights do not divide the input',
  refuses,
  {...dense, inputs: [{shape: [1, 7]}, ...dense.inputs.slice(1)]},
  /input \[1,7\] and weights \[2,6\]/,
);
test(
  'a sum of shapes that do not broadcast',
  refuses,
  {
    operator: {code: codes.ADD},
    inputs: [{shape: [1, 4]}, {shape: [1, 3]}],
    output: {shape: [1, 4]},
  },
  /shapes \[1,4\] and \[1,3\] do not broadcast/,
);
test(
  'a quantized sum whose output scale is out of reach',
  refuses,
  {
    operator: {code: codes.ADD},
    inputs: [
      {shape: [4], type: types.int8, scales: [0.5]},
      {shape: [4], type: types.int8, scales: [0.5]},
    ],
    output: {shape: [4], type: types.int8, scales: [1e-9]},
  },
  /scales 0.5 and 0.5 are too large for the output's/,
);
test(
  'joining shapes that differ elsewhere',
  refuses,
  {
    operator: {code: codes.CONCATENATION, options: [unions.concatenation, i32(0), i8(0)]},
    inputs: [{shape: [1, 4]}, {shape: [1, 3]}],
    output: {shape: [2, 4]},
  },
  /shapes \[1,4\] and \[1,3\] cannot be joined along 0/,
);
test(
  'joining along a dimension that is not there',
  refuses,
  {
    operator: {code: codes.CONCATENATION, options: [unions.concatenation, i32(2), i8(0)]},
    inputs: [{shape: [1, 4]}, {shape: [1, 4]}],
    output: {shape: [2, 4]},
  },
  /axis 2 of 2 dimensions/,
);
test('a reshape with one dimension left open', accepts, reshape(3, -1));
test('a reshape whose target is no list takes the one in its options', accepts, {
  operator: {code: codes.RESHAPE, options: [unions.reshape, numbers('i32', [4, 3])]},
  inputs: [{shape: [2, 6]}, {shape: [], type: types.int32, data: int32s(7)}],
  output: {shape: [4, 3]},
});
test('a reshape of one element to a scalar, written [0]', accepts, {
  operator: {code: codes.RESHAPE, options: [unions.reshape, numbers('i32', [0])]},
  inputs: [{shape: [1]}],
  output: {shape: []},
});
test('a reshape to another number of elements', refuses, reshape(5, 2), /cannot turn \[2,6\] into \[5,2\]/);
test('a reshape with two dimensions left open', refuses, reshape(-1, -1), /leaves two dimensions open/);
test(
  'a permutation that names an axis twice',
  refuses,
  {
    operator: {code: codes.TRANSPOSE},
    inputs: [{shape: [2, 3]}, integer(1, 1)],
    output: {shape: [3, 3]},
  },
  /permutation \[1,1\] of \[2,3\]/,
);
test(
  'negative padding',
  refuses,
  {
    operator: {code: codes.PAD},
    inputs: [{shape: [2]}, {shape: [1, 2], type: types.int32, data: int32s(-1, 0)}],
    output: {shape: [1]},
  },
  /paddings \[-1,0\]/,
);
test(
  'a mean over an axis that is not there',
  refuses,
  {
    operator: {code: codes.MEAN, options: [unions.reducer, i8(0)]},
    inputs: [{shape: [2, 3]}, integer(2)],
    output: {shape: [2]},
  },
  /axis 2 of 2 dimensions/,
);
test('rows picked by number', accepts, gather(4, 0));
test('a row picked beyond the end', refuses, gather(4, 5), /index 5 of dimension 0 of \[5,2\]/);
test('a slice', accepts, slice(2, 6));
test('a slice that leaves nothing', refuses, slice(6, 2), /shape \[0\] has no elements/);
test('a slice that starts before the beginning', refuses, slice(-9, 6), /start -9 of dimension 0 of \[8\]/);
test('a slice with stride 0', refuses, slice(2, 6, 0), /strides \[0\]/);
test(
  'softmax with a beta that is no number',
  refuses,
  {
    operator: {code: codes.SOFTMAX, options: [unions.softmax, f32(Number.NaN)]},
    inputs: [{shape: [1, 4]}],
    output: {shape: [1, 4]},
  },
  /beta NaN/,
);
test(
  'a split into parts that do not fit',
  refuses,
  {
    operator: {code: codes.SPLIT, options: [unions.split, i32(1)]},
    inputs: [integer(3), {shape: [2, 2]}],
    output: {shape: [2, 2]},
  },
  /axis 3 of 2 dimensions/,
);
