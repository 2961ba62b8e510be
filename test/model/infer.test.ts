import test from 'ava';
import {loadModel} from '../../src/model/load.ts';
import type {ManifestInput} from '../../src/model/manifest.ts';
import {modelPath} from './shared-models.ts';

/** What a person who knows the model would write. */
interface Expected {
  readonly task: string;
  readonly family: string;
  readonly roles: string;
  readonly image?: string;
  readonly normalization?: ManifestInput['normalization'];
  readonly fit?: string;
  readonly labels?: number;
}

const asQuantized = 'as-quantized';
const signed = {mean: [127.5], std: [127.5]};
const fraction = {mean: [0], std: [255]};
const plain = {mean: [0], std: [1]};

function scores(image: string, normalization: ManifestInput['normalization'], labels = 0): Expected {
  return {task: 'classify', family: 'scores', roles: 'scores', image, normalization, labels};
}

const models: Readonly<Record<string, Expected>> = {
  'automl_labeler_model.tflite': scores('224×224 nhwc rgb', asQuantized, 5),
  'mobilenet_v1_0.25_128_quant.tflite': scores('128×128 nhwc rgb', asQuantized, 1001),
  'mobilenet_v1_0.25_224_float_metadata.tflite': scores('224×224 nhwc rgb', signed, 1001),
  'mobilenet_v1_0.25_224_quant_metadata.tflite': scores('224×224 nhwc rgb', asQuantized, 1001),
  'tf2_mobilenet_v2_1.0_224_ptq.tflite': scores('224×224 nhwc rgb', asQuantized, 1001),
  'pretrainedResnet.tflite': scores('32×32 nhwc rgb', plain),
  'pretrainedResnet_quant.tflite': scores('32×32 nhwc rgb', asQuantized),
  'vww_96_int8.tflite': scores('96×96 nhwc rgb', asQuantized),
  'keras_lstm_mnist_ptq.tflite': scores('28×28 nhwc gray', asQuantized),
  'mnist_lstm_float.tflite': scores('28×28 nhwc gray', fraction),
  'edgetpu/mobilenet_v1_0.25_128_quant_edgetpu.tflite': scores('128×128 nhwc rgb', asQuantized, 1001),
  'coco_ssd_mobilenet_v1_1.0_quant_2018_06_29.tflite': {
    task: 'detect',
    family: 'ssd-postprocess',
    roles: 'boxes classes scores count',
    image: '300×300 nhwc rgb',
    normalization: asQuantized,
    labels: 90,
  },
  'traffic_model.tflite': {
    task: 'detect',
    family: 'ssd-postprocess',
    roles: 'boxes classes scores count state→1 state→2',
    image: '256×256 nhwc rgb',
    normalization: asQuantized,
  },
  'face_detection_short_range.tflite': {
    task: 'detect',
    family: 'blazeface',
    roles: 'boxes scores',
    image: '128×128 nhwc rgb',
    normalization: signed,
    fit: 'letterbox',
    labels: 1,
  },
  'version-RFB-320.onnx': {
    task: 'detect',
    family: 'ultraface',
    roles: 'scores boxes',
    image: '320×240 nchw rgb',
    normalization: {mean: [127], std: [128]},
    labels: 1,
  },
  'yolox_nano.onnx': {
    task: 'detect',
    family: 'yolox',
    roles: 'predictions',
    image: '416×416 nchw bgr',
    normalization: plain,
    fit: 'letterbox-corner',
    labels: 80,
  },
  'yolox_nano_dynamic_range_quantize.tflite': {
    task: 'detect',
    family: 'yolox',
    roles: 'predictions',
    image: '416×416 nchw bgr',
    normalization: plain,
    fit: 'letterbox-corner',
    labels: 80,
  },
  'FastestDet.onnx': {
    task: 'detect',
    family: 'fastestdet',
    roles: 'predictions',
    image: '352×352 nchw bgr',
    normalization: fraction,
    labels: 80,
  },
  'deeplabv3_mnv2_dm05_pascal_quant.tflite': {
    task: 'segment',
    family: 'semantic',
    roles: 'labels',
    image: '513×513 nhwc rgb',
    normalization: asQuantized,
    labels: 21,
  },
  'selfie_segmentation.tflite': {
    task: 'segment',
    family: 'semantic',
    roles: 'logits',
    image: '256×256 nhwc rgb',
    normalization: fraction,
  },
  'mobilenet_v1_1.0_224_quant_embedding_extractor.tflite': {
    task: 'tensor',
    family: 'raw',
    roles: 'ignored',
    image: '224×224 nhwc rgb',
    normalization: asQuantized,
  },
  'face_landmark.tflite': {
    task: 'tensor',
    family: 'raw',
    roles: 'ignored ignored',
    image: '192×192 nhwc rgb',
    normalization: fraction,
  },
  'espcn_x2_float.tflite': {
    task: 'tensor',
    family: 'raw',
    roles: 'ignored',
    image: '96×96 nhwc gray',
    normalization: fraction,
  },
  'silero_vad.onnx': {task: 'tensor', family: 'raw', roles: 'ignored state→1'},
  'kws_ref_model.tflite': {task: 'tensor', family: 'raw', roles: 'ignored'},
  'hello_world_float.tflite': {task: 'tensor', family: 'raw', roles: 'ignored'},
  'micro_speech_quantized.tflite': {task: 'tensor', family: 'raw', roles: 'ignored'},
};

const infers = test.macro({
  title: (_, name: string, {family}: Expected) => `${name} is recognised as ${family}`,
  async exec(t, name: string, expected: Expected) {
    const {manifest, labels} = await loadModel(modelPath(name));
    const image = manifest.inputs.find(({role}) => role === 'image');
    const roles = manifest.outputs.map(({role, feeds}) => (feeds === undefined ? role : `${role}→${feeds}`));

    t.is(`${manifest.task} ${manifest.family}`, `${expected.task} ${expected.family}`);
    t.is(roles.join(' '), expected.roles);
    t.is(image && `${image.width}×${image.height} ${image.layout} ${image.colorOrder}`, expected.image);
    t.deepEqual(image?.normalization, expected.normalization);
    t.is<string | undefined, string | undefined>(image?.fit, image && (expected.fit ?? 'stretch'));
    t.is(labels.length, expected.labels ?? 0);
  },
});

for (const [name, expected] of Object.entries(models)) test(infers, name, expected);

test('every field of an inferred manifest that was not read off as it is has a reason', async t => {
  const {manifest, reasons} = await loadModel(modelPath('face_detection_short_range.tflite'));
  const fields = [
    ...['task', 'family', 'name', 'version', 'labels'],
    ...Object.keys(manifest.inputs[0] ?? {})
      .filter(key => key !== 'index' && key !== 'padValue')
      .map(key => `inputs.0.${key}`),
    ...['outputs.0.role', 'outputs.1.role'],
    ...Object.keys(manifest.decode).map(key => `decode.${key}`),
  ];

  t.deepEqual(Object.keys(reasons).toSorted(), fields.toSorted());
});

test('anchors of BlazeFace follow from the input size', async t => {
  const {manifest} = await loadModel(modelPath('face_detection_short_range.tflite'));

  t.deepEqual(manifest.decode.anchors, {strides: [8, 16], perCell: [2, 6]});
});

test('a model of no known family says what a manifest must give', async t => {
  const {reasons} = await loadModel(modelPath('hand_landmark_lite.tflite'));

  t.is(
    reasons.task,
    'outputs float32 [1, 63], float32 [1, 1], float32 [1, 1], float32 [1, 63] fit no family; ' +
      'name task, family and the role of every output in a model.json to decode them',
  );
});

test('a model that is compiled for the Edge TPU becomes the edgetpu variant', async t => {
  const {manifest, header} = await loadModel(modelPath('edgetpu/split_concat_edgetpu.tflite'));

  t.true(header.edgetpuCompiled);
  t.deepEqual(manifest.variants, {edgetpu: {file: 'split_concat_edgetpu.tflite'}});
});
