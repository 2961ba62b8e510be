import test from 'ava';
import {inferManifest} from '../../../src/model/infer.ts';
import type {ManifestInput} from '../../../src/model/manifest.ts';
import {type ContentsPlan, contentsOf} from './contents.ts';

const picture = {shape: [1, 64, 64, 3]};

const normalizes = test.macro({
  title: (title = '') => `normalization: ${title}`,
  exec(t, plan: Partial<ContentsPlan>, expected: ManifestInput['normalization'], why: RegExp) {
    const {manifest, reasons} = inferManifest(
      contentsOf({inputs: [picture], outputs: [{shape: [1, 10]}], ...plan}),
      'model.tflite',
    );

    t.deepEqual(manifest.inputs[0]?.normalization, expected);
    t.regex(reasons['inputs.0.normalization'] ?? '', why);
  },
});

const noted = (mean: number, std: number) => [{normalization: {mean: [mean], std: [std]}}];
const uint8 = (scale: number, zeroPoint: number) => [
  {...picture, dtype: 'uint8' as const, quantization: {scale, zeroPoint}},
];

test(
  'metadata for floats',
  normalizes,
  {inputNotes: noted(10, 20)},
  {mean: [10], std: [20]},
  /read from TFLite metadata/,
);
test(
  'metadata that quantization undoes',
  normalizes,
  {inputs: uint8(0.0078125, 128), inputNotes: noted(127.5, 127.5)},
  'as-quantized',
  /together map each pixel to itself/,
);
test(
  'metadata that quantization does not undo',
  normalizes,
  {inputs: uint8(0.0078125, 128), inputNotes: noted(0, 255)},
  {mean: [0], std: [255]},
  /read from TFLite metadata/,
);
test(
  'bytes without metadata',
  normalizes,
  {inputs: uint8(1 / 255, 0)},
  'as-quantized',
  /pixels 0–255 are real 0\.00 to 1\.00/,
);
test(
  'bytes in the range of ImageNet’s deviation',
  normalizes,
  {inputs: uint8(0.0186, 114)},
  {mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375]},
  /the range of ImageNet's mean and deviation/,
);
test(
  '32-bit integers',
  normalizes,
  {inputs: [{...picture, dtype: 'int32'}]},
  {mean: [0], std: [1]},
  /assumed: int32 input takes pixels 0–255/,
);
test('floats that nothing tells of', normalizes, {}, {mean: [127.5], std: [127.5]}, /^assumed: float NHWC/);
test(
  'floats of an ONNX classifier',
  normalizes,
  {format: 'onnx', inputs: [{shape: [1, 3, 64, 64]}]},
  {mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375]},
  /^assumed: float NCHW/,
);
test(
  'metadata of an exporter with fixed habits',
  normalizes,
  {format: 'onnx', inputs: [{shape: [1, 3, 64, 64]}], metadata: {author: 'Ultralytics'}},
  {mean: [0], std: [255]},
  /Ultralytics/,
);

/** Filters of nine equal weights, and their biases. */
function firstLayer(weights: readonly number[], biases: readonly number[]): Partial<ContentsPlan> {
  return {
    nodes: [{op: 'conv', inputs: ['in0', 'w', 'b'], outputs: ['out0']}],
    values: {
      w: {shape: [weights.length, 3, 3, 1], reals: weights.flatMap(weight => new Array(9).fill(weight))},
      b: {shape: [biases.length], reals: biases},
    },
  };
}

const weights = [0.2, -0.3, 0.4, -0.1, 0.3, -0.4];
test(
  'weights in the range for pixels',
  normalizes,
  firstLayer(
    weights.map(weight => weight / 64),
    [0, 0, 0, 0, 0, 0],
  ),
  {mean: [0], std: [1]},
  /median norm of 0\.014: pixels 0–255/,
);
test(
  'biases that make up for a mean of 0.4',
  normalizes,
  // Each filter sums to nine weights; the second term keeps the line from being exact.
  firstLayer(
    weights,
    weights.map((weight, index) => -0.4 * 9 * weight + 0.01 * (index % 2)),
  ),
  {mean: [0], std: [255]},
  /biases make up for a mean input of 0\.40: pixels \/ 255/,
);
test(
  'biases that make up for nothing',
  normalizes,
  firstLayer(weights, [0.5, 0.4, 0.6, 0.5, 0.4, 0.6]),
  {mean: [127.5], std: [127.5]},
  /^assumed/,
);
test(
  'a graph that scales its own input',
  normalizes,
  {
    nodes: [
      {op: 'mul', inputs: ['in0', 'k'], outputs: ['scaled']},
      {op: 'conv', inputs: ['scaled', 'w'], outputs: ['out0']},
    ],
    values: {k: {shape: [1], reals: [1 / 255]}},
  },
  {mean: [0], std: [1]},
  /the graph itself scales its input by 0\.00392/,
);
