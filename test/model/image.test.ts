import test from 'ava';
import {ManifestError} from '../../src/error/errors.ts';
import {resolveImageInput} from '../../src/model/image.ts';
import type {Manifest, ManifestInput} from '../../src/model/manifest.ts';
import type {ModelHeader} from '../../src/model/model.ts';
import type {TensorSpec} from '../../src/tensor/tensor.ts';

function resolve(spec: Omit<TensorSpec, 'name'>, input: Omit<ManifestInput, 'index' | 'role'> = {}) {
  const header = {inputs: [{name: 'input', ...spec}]} as unknown as ModelHeader;
  const manifest = {name: 'model', inputs: [{index: 0, role: 'image', ...input}]} as Manifest;
  return resolveImageInput(header, manifest)?.input;
}

const rgb = [1, 8, 10, 3];

test('bytes that are quantized as pixels pass unchanged', t => {
  const input = resolve({dtype: 'uint8', shape: rgb, quantization: {scale: 0.0078125, zeroPoint: 128}});

  t.deepEqual(
    [input?.multiply, input?.add],
    [
      [1, 1, 1],
      [0, 0, 0],
    ],
  );
  t.deepEqual([input?.width, input?.height, input?.layout, input?.colorOrder], [10, 8, 'nhwc', 'rgb']);
});

test('signed bytes are pixels less 128', t => {
  const input = resolve({dtype: 'int8', shape: rgb}, {normalization: 'as-quantized'});

  t.deepEqual(
    [input?.multiply, input?.add],
    [
      [1, 1, 1],
      [-128, -128, -128],
    ],
  );
});

test('floats are (pixel − mean) / std per channel', t => {
  const input = resolve({dtype: 'float32', shape: rgb}, {normalization: {mean: [128, 64, 0], std: [64, 32, 16]}});

  t.deepEqual(
    [input?.multiply, input?.add],
    [
      [1 / 64, 1 / 32, 1 / 16],
      [-2, -2, 0],
    ],
  );
});

test('normalised and quantized inputs divide by the scale and add the zero point', t => {
  const quantization = {scale: 0.5, zeroPoint: 10};
  const input = resolve({dtype: 'int8', shape: rgb, quantization}, {normalization: {mean: [100], std: [4]}});

  t.deepEqual(
    [input?.multiply, input?.add],
    [
      [0.5, 0.5, 0.5],
      [-40, -40, -40],
    ],
  );
});

test('16-bit inputs are normalised too', t => {
  const quantization = {scale: 0.25, zeroPoint: 0};
  const input = resolve({dtype: 'int16', shape: rgb, quantization}, {normalization: {mean: [0], std: [1]}});

  t.deepEqual(input?.multiply, [4, 4, 4]);
});

test('channels first are told from the shape', t => {
  const input = resolve({dtype: 'float32', shape: [1, 3, 8, 10]});

  t.deepEqual([input?.width, input?.height, input?.layout], [10, 8, 'nchw']);
});

test('a plane without channels is a gray picture', t => {
  const input = resolve({dtype: 'uint8', shape: [1, 28, 28]});

  t.deepEqual([input?.width, input?.height, input?.colorOrder, input?.multiply], [28, 28, 'gray', [1]]);
});

test('the manifest gives the size of a dynamic input', t => {
  const input = resolve({dtype: 'float32', shape: [-1, 3, -1, -1]}, {width: 320, height: 240});

  t.deepEqual([input?.width, input?.height], [320, 240]);
});

const refuses = test.macro({
  title: (title = '') => `refused: ${title}`,
  exec(t, spec: Omit<TensorSpec, 'name'>, input: Omit<ManifestInput, 'index' | 'role'>, message: RegExp) {
    t.throws(() => resolve(spec, input), {instanceOf: ManifestError, message});
  },
});

const float = {dtype: 'float32', shape: rgb} as const;
test(
  'a dynamic input without a size',
  refuses,
  {dtype: 'float32', shape: [1, 3, -1, 8]},
  {},
  /inputs\[0\]\.height is missing/,
);
test(
  'another size than the tensor has',
  refuses,
  float,
  {width: 9},
  /inputs\[0\]\.width is 9, the tensor "input" has 10/,
);
test(
  'colours for a gray tensor',
  refuses,
  {dtype: 'float32', shape: [1, 8, 8, 1]},
  {colorOrder: 'bgr'},
  /colorOrder is "bgr"/,
);
test('four channels', refuses, {dtype: 'float32', shape: [1, 8, 8, 4]}, {}, /has shape \[1, 8, 8, 4\], layout nhwc/);
test(
  'floats taken as pixels',
  refuses,
  float,
  {normalization: 'as-quantized'},
  /"as-quantized", the tensor "input" holds float32/,
);
test(
  'means for two channels',
  refuses,
  float,
  {normalization: {mean: [1, 2], std: [1]}},
  /normalization\.mean has 2 numbers, expected 1 or 3/,
);
