import test from 'ava';
import {inferManifest} from '../../../src/model/infer.ts';
import {type ContentsPlan, contentsOf} from './contents.ts';

const infer = (plan: ContentsPlan) => inferManifest(contentsOf(plan), 'model.tflite');

const picture = {shape: [1, 64, 64, 3]};
const ends = (...ops: readonly string[]): NonNullable<ContentsPlan['nodes']> =>
  ops.map((op, index) => ({
    op,
    inputs: [index === 0 ? 'in0' : `v${index - 1}`],
    outputs: [index === ops.length - 1 ? 'out0' : `v${index}`],
  }));

const classifies = test.macro({
  title: (title = '') => `class scores: ${title}`,
  exec(t, plan: ContentsPlan, activation: string | undefined) {
    const {manifest} = infer(plan);

    t.is(manifest.family, activation === undefined ? 'raw' : 'scores');
    t.is<string | undefined, string | undefined>(manifest.decode.activation, activation);
  },
});

const scores = [{shape: [1, 10]}];
test(
  'softmax at the end',
  classifies,
  {inputs: [picture], outputs: scores, nodes: ends('conv', 'gemm', 'softmax')},
  'none',
);
test(
  'softmax before a conversion',
  classifies,
  {inputs: [picture], outputs: scores, nodes: ends('conv', 'softmax', 'dequantize')},
  'none',
);
test('logistic at the end', classifies, {inputs: [picture], outputs: scores, nodes: ends('conv', 'sigmoid')}, 'none');
test('logits', classifies, {inputs: [picture], outputs: scores, nodes: ends('conv', 'gemm')}, 'softmax');
test(
  'bytes that are quantized to 0–1',
  classifies,
  {
    inputs: [picture],
    outputs: [{shape: [1, 1, 1, 10], dtype: 'int8', quantization: {scale: 1 / 256, zeroPoint: -128}}],
    nodes: ends('edgetpu-custom-op'),
  },
  'none',
);
test(
  'an embedding',
  classifies,
  {inputs: [picture], outputs: scores, nodes: ends('conv', 'averagepool', 'reshape')},
  undefined,
);
test('one number', classifies, {inputs: [picture], outputs: [{shape: [1, 1]}], nodes: ends('sigmoid')}, undefined);

test('roles of the post-processing operator follow its outputs, not the file’s order', t => {
  const {manifest} = infer({
    inputs: [picture],
    outputs: [{shape: [1, 10]}, {shape: [1]}, {shape: [1, 10, 4]}, {shape: [1, 10]}],
    nodes: [
      {
        op: 'TFLite_Detection_PostProcess',
        custom: true,
        inputs: ['b', 's', 'a'],
        outputs: ['out2', 'out3', 'out0', 'out1'],
      },
    ],
  });

  t.deepEqual(
    manifest.outputs.map(({role}) => role),
    ['scores', 'count', 'boxes', 'classes'],
  );
});

const blaze = (size: number, count: number): ContentsPlan => ({
  inputs: [{shape: [1, size, size, 3]}],
  outputs: [{shape: [1, count, 1]}, {shape: [1, count, 16]}],
});

test('face anchors are solved from the input size', t => {
  t.deepEqual(infer(blaze(128, 896)).manifest.decode.anchors, {strides: [8, 16], perCell: [2, 6]});
  t.deepEqual(infer(blaze(256, 896)).manifest.decode.anchors, {strides: [16, 32], perCell: [2, 6]});
  t.deepEqual(infer(blaze(192, 2304)).manifest.decode.anchors, {strides: [4], perCell: [1]});
  t.is(infer(blaze(128, 900)).manifest.family, 'raw');
});

const grid = (columns: number): ContentsPlan => ({
  format: 'onnx',
  inputs: [{shape: [1, 3, 320, 256]}],
  outputs: [{shape: [1, 40 * 32 + 20 * 16 + 10 * 8, columns]}],
});

test('YOLOX rows add up to the grids of a picture that is not square', t => {
  const {manifest, classCount} = infer({...grid(8), nodes: ends('conv', 'sigmoid', 'concat')});

  t.is(manifest.family, 'yolox');
  t.is(classCount, 3);
  t.deepEqual(manifest.decode, {activation: 'none', strides: [8, 16, 32]});
});

test('YOLOX without a logistic function gives logits', t => {
  t.is(infer({...grid(8), nodes: ends('conv', 'concat')}).manifest.decode.activation, 'sigmoid');
});

test('YOLOX that decodes its own boxes gives pixels', t => {
  const nodes = ends('conv', 'sigmoid', 'exp', 'concat');

  t.is(infer({...grid(8), nodes}).manifest.decode.boxes, 'pixels');
});

test('boxes apart from objectness and classes are YOLOX too', t => {
  const {manifest} = infer({
    format: 'onnx',
    inputs: [{shape: [1, 3, 64, 64]}],
    outputs: [{shape: [1, 84, 3]}, {shape: [1, 84, 4]}],
    nodes: [
      {op: 'sigmoid', inputs: ['in0'], outputs: ['out0']},
      {op: 'conv', inputs: ['in0'], outputs: ['out1']},
    ],
  });

  t.deepEqual(
    manifest.outputs.map(({role}) => role),
    ['scores', 'boxes'],
  );
});

test('YOLOv5 and YOLOv8 are named in the reason for giving raw tensors', t => {
  const inputs = [{shape: [1, 3, 640, 640]}];
  const v5 = infer({format: 'onnx', inputs, outputs: [{shape: [1, 25_200, 85]}]});
  const v8 = infer({format: 'onnx', inputs, outputs: [{shape: [1, 84, 8400]}]});

  t.regex(v5.reasons.task ?? '', /three anchors per grid cell like YOLOv5/);
  t.regex(v8.reasons.task ?? '', /laid out like YOLOv8's/);
});

test('raw SSD boxes without known anchors say what the manifest needs', t => {
  const {manifest, reasons} = infer({inputs: [picture], outputs: [{shape: [1, 100, 4]}, {shape: [1, 100, 7]}]});

  t.is(manifest.family, 'raw');
  t.regex(reasons.task ?? '', /family "ssd-anchors" needs decode\.anchors \(strides, perCell\) for 100 anchors/);
});

test('TensorFlow’s raw SSD gets its anchors from the grids of its heads', t => {
  const sides = [19, 10, 5, 3, 2, 1];
  const counts = [3, 6, 6, 6, 6, 6];
  const {manifest, classCount} = infer({
    inputs: [{shape: [1, 300, 300, 3]}],
    outputs: [{shape: [1, 1917, 4]}, {shape: [1, 1917, 91]}],
    nodes: [
      ...sides.map((_, head) => ({op: 'reshape', inputs: [`head${head}`], outputs: [`flat${head}`]})),
      {op: 'concatenation', inputs: sides.map((_, head) => `flat${head}`), outputs: ['out0']},
      {op: 'sigmoid', inputs: ['in0'], outputs: ['out1']},
    ],
    values: Object.fromEntries(
      sides.map((side, head) => [`head${head}`, {shape: [1, side, side, (counts[head] ?? 0) * 4]}]),
    ),
  });

  t.is(manifest.family, 'ssd-anchors');
  t.is(classCount, 90);
  t.deepEqual(manifest.decode.anchors?.strides, [16, 32, 64, 128, 256, 512]);
  t.is(manifest.decode.activation, 'none');
});

const segments = test.macro({
  title: (title = '') => `segmentation: ${title}`,
  exec(t, output: ContentsPlan['outputs'][number], last: string, role: string | undefined) {
    const {manifest} = infer({inputs: [picture], outputs: [output], nodes: ends('conv', last)});

    t.is(manifest.family, role === undefined ? 'raw' : 'semantic');
    t.is<string | undefined, string>(manifest.outputs[0]?.role, role ?? 'ignored');
  },
});

test('class scores per pixel', segments, {shape: [1, 64, 64, 21]}, 'resize', 'logits');
test('class scores at a quarter of the size', segments, {shape: [1, 16, 16, 21]}, 'conv', 'logits');
test('one probability per pixel', segments, {shape: [1, 64, 64, 1]}, 'sigmoid', 'logits');
test('class numbers per pixel', segments, {shape: [1, 64, 64], dtype: 'int64'}, 'argmax', 'labels');
test('one channel of unknown meaning', segments, {shape: [1, 64, 64, 1]}, 'conv', undefined);
test('a picture', segments, {shape: [1, 64, 64, 3]}, 'tanh', undefined);
test('a larger picture', segments, {shape: [1, 128, 128, 3]}, 'depthtospace', undefined);
test('a map of another aspect', segments, {shape: [1, 62, 62, 8]}, 'conv', undefined);
