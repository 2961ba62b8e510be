import test from 'ava';
import {ModelInvalidError} from '../../src/error/errors.ts';
import {loadModel} from '../../src/model/load.ts';
import {sharedData} from '../helpers/shared-data.ts';
import {type ListedModel, type ListedTensor, listedModels} from './shared-models.ts';

/** The runtime refuses this file for the same reason. */
const refused = 'models/person_detect.tflite';

const onnxDtypes: Readonly<Record<string, string>> = {'tensor(float)': 'float32', 'tensor(int64)': 'int64'};

function expectedTensor({name, shape, dtype, quantization}: ListedTensor) {
  const [scale] = quantization?.scale ?? [];
  return {
    name,
    dtype: onnxDtypes[dtype] ?? dtype,
    shape: shape.map(size => (typeof size === 'number' ? size : -1)),
    ...(scale !== undefined && {quantization: {scale, zeroPoint: quantization?.zero_point[0]}}),
  };
}

const agrees = test.macro({
  title: (_, {path}: ListedModel) => `${path} has the inputs, outputs and operators that the data lists`,
  async exec(t, {path, io}: ListedModel) {
    const {header, sha256, bytes} = await loadModel(sharedData(path));

    t.deepEqual(header.inputs, io.inputs.map(expectedTensor) as typeof header.inputs);
    t.deepEqual(header.outputs, io.outputs.map(expectedTensor) as typeof header.outputs);
    const counts = header.operators.map(({name, count, custom}) => [custom ? `CUSTOM:${name}` : name, count] as const);
    const missing = Object.entries(io.ops).filter(([name, count]) => (new Map(counts).get(name) ?? 0) < count);
    t.deepEqual(missing, []);
    t.is(header.format, io.format);
    t.regex(sha256, /^[0-9a-f]{64}$/);
    t.true(header.weightBytes >= 0 && header.weightBytes < bytes.length);
  },
});

for (const model of listedModels()) {
  if (model.path !== refused) test(agrees, model);
}

test('a bias quantized along a dimension that it does not have is refused, as the runtime does', async t => {
  await t.throwsAsync(loadModel(sharedData(refused)), {
    instanceOf: ModelInvalidError,
    message:
      /person_detect\.tflite: tflite: subgraph 0 tensor 33 .*quantized_dimension 3 of a tensor with 1 dimensions/,
  });
});

const macs = test.macro({
  title: (_, name: string, expected: number) => `${name} takes ${expected} multiply-accumulates`,
  async exec(t, name: string, expected: number) {
    t.is((await loadModel(sharedData('models', name))).header.macs, expected);
  },
});

// MobileNet v2's authors count 300 million, YOLOX's count 1.08 billion operations (two per multiply-accumulate).
test(macs, 'mobilenet_v2_1.0_224_quant.tflite', 300_775_552);
test(macs, 'yolox_nano.onnx', 522_553_408);
test(macs, 'yolox_nano_dynamic_range_quantize.tflite', 522_553_408);

test('integer SVDF with 8-bit state is marked: the runtime would write beyond it', async t => {
  const scrambled = await loadModel(sharedData('models', 'keyword_scrambled_8bit.tflite'));
  const other = await loadModel(sharedData('models', 'kws_ref_model.tflite'));

  t.regex(scrambled.header.hazards?.[0] ?? '', /^operator 1 SVDF keeps its state in int8/);
  t.is(other.header.hazards, undefined);
});
