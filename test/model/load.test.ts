import {copyFileSync, mkdirSync, mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import test, {type ExecutionContext} from 'ava';
import {IntegrityError, ManifestError, ModelInvalidError} from '../../src/error/errors.ts';
import {describe} from '../../src/model/describe.ts';
import {loadModel} from '../../src/model/load.ts';
import {schemaOfManifest} from '../../src/model/manifest-schema.ts';
import {writeStarterManifest} from '../../src/model/starter.ts';
import {modelPath} from './shared-models.ts';

const file = 'vww_96_int8.tflite';
const sha256 = '597a384c8c2c8a1276f04702f25013b7838f2f814f1ca7c174d295b73e3d6b7b';

const manifest = {
  name: 'people',
  version: '7',
  task: 'classify',
  family: 'scores',
  variants: {cpu: {file, sha256}},
  inputs: [{index: 0, role: 'image', normalization: 'as-quantized'}],
  outputs: [{index: 0, role: 'scores'}],
  labels: {file: 'labels.txt'},
};

/** A folder with the model, a manifest and a label file. */
function folderWith(overrides: object = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-model-'));
  copyFileSync(modelPath(file), join(folder, file));
  writeFileSync(join(folder, 'model.json'), JSON.stringify({...manifest, ...overrides}));
  writeFileSync(join(folder, 'labels.txt'), 'nobody\nsomebody\n');
  return folder;
}

test('a folder is loaded by its model.json', async t => {
  const model = await loadModel(folderWith());

  t.is(`${model.name} ${model.version} ${model.sha256}`, `people 7 ${sha256}`);
  t.deepEqual(model.labels, ['nobody', 'somebody']);
  t.deepEqual(model.reasons, {});
  t.deepEqual(model.image?.input.add, [-128, -128, -128]);
});

test('a file beside a model.json that names it gets that manifest', async t => {
  t.is((await loadModel(join(folderWith(), file))).name, 'people');
});

test('a file beside a model.json of another model is inferred', async t => {
  const folder = folderWith({variants: {cpu: {file: 'other.tflite'}}});

  t.is((await loadModel(join(folder, file))).name, 'vww_96_int8');
});

test('the path of a model.json stands for its folder', async t => {
  t.is((await loadModel(join(folderWith(), 'model.json'))).name, 'people');
});

test('a label file given by the caller overrides the manifest', async t => {
  const folder = folderWith();
  const labelsPath = join(folder, 'others.txt');
  writeFileSync(labelsPath, '0 no\n1 yes\n');

  t.deepEqual((await loadModel(folder, {labelsPath})).labels, ['no', 'yes']);
});

test('a manifest given by the caller is used for any file', async t => {
  const manifestPath = join(folderWith(), 'model.json');

  t.is((await loadModel(modelPath(file), {manifestPath})).version, '7');
});

test('the variant for another delegate can be asked for', async t => {
  const folder = folderWith({variants: {cpu: {file: 'missing.tflite'}, jetson: {file}}});

  t.is((await loadModel(folder, {variant: 'jetson'})).sha256, sha256);
});

const fails = test.macro({
  title: (title = '') => `refused: ${title}`,
  async exec(
    t: ExecutionContext,
    overrides: object,
    expected: {readonly instanceOf: new (...words: never[]) => Error; readonly message: RegExp},
  ) {
    await t.throwsAsync(loadModel(folderWith(overrides)), expected as {instanceOf: new () => Error; message: RegExp});
  },
});

const zeros = '0'.repeat(64);
test(
  'a file whose hash is not the manifest’s',
  fails,
  {variants: {cpu: {file, sha256: zeros}}},
  {
    instanceOf: IntegrityError,
    message: new RegExp(`sha256 is ${sha256}, .*model\\.json says ${zeros}`),
  },
);
test(
  'a model outside the folder',
  fails,
  {variants: {cpu: {file: '../secret.tflite'}}},
  {
    instanceOf: ManifestError,
    message: /variants\.cpu\.file is "\.\.\/secret\.tflite"/,
  },
);
test(
  'labels outside the folder',
  fails,
  {labels: {file: '/etc/passwd'}},
  {
    instanceOf: ManifestError,
    message: /labels\.file is "\/etc\/passwd"/,
  },
);
test(
  'a manifest without a model file',
  fails,
  {variants: {}},
  {instanceOf: ManifestError, message: /variants has no "cpu"/},
);
test(
  'an input that the file does not have',
  fails,
  {inputs: [{index: 1, role: 'image'}]},
  {
    instanceOf: ManifestError,
    message: /people: inputs\[0\]\.index is 1, expected below 1/,
  },
);
test(
  'a tensor described twice',
  fails,
  {outputs: [manifest.outputs[0], manifest.outputs[0]]},
  {
    instanceOf: ManifestError,
    message: /outputs\[1\]\.index is 0, which an earlier entry has/,
  },
);
test(
  'a family of another task',
  fails,
  {task: 'detect'},
  {
    instanceOf: ManifestError,
    message: /family is "scores", task "detect" has ssd-postprocess/,
  },
);
test(
  'a state that fits no input',
  fails,
  {outputs: [{index: 0, role: 'state', feeds: 0}]},
  {
    instanceOf: ManifestError,
    message: /outputs\[0\]\.feeds: output 0 is int8 \[1,2\], input 0 is int8 \[1,96,96,3\]/,
  },
);

test('refused: a file that is not there', async t => {
  await t.throwsAsync(loadModel('no/such/model.tflite'), {
    instanceOf: ModelInvalidError,
    message: 'no/such/model.tflite: cannot be read (ENOENT)',
  });
});

test('refused: a file that is no model', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-model-'));
  const path = join(folder, 'photo.jpg');
  writeFileSync(path, 'not a model');

  await t.throwsAsync(loadModel(path), {
    instanceOf: ModelInvalidError,
    message: `${path}: neither a TFLite nor an ONNX model`,
  });
});

test('a starting manifest loads the same model again, labels and all', async t => {
  const source = await loadModel(modelPath('yolox_nano_dynamic_range_quantize.tflite'));
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-model-'));
  mkdirSync(folder, {recursive: true});
  copyFileSync(source.path, join(folder, 'yolox_nano_dynamic_range_quantize.tflite'));
  writeFileSync(join(folder, 'model.json'), writeStarterManifest(source));
  const again = await loadModel(folder);

  t.deepEqual(again.labels, source.labels);
  t.deepEqual(again.image, source.image);
  t.deepEqual(
    {...again.manifest, labels: undefined, variants: {}},
    {...source.manifest, labels: undefined, variants: {}},
  );
});

test('the published JSON Schema accepts a starting manifest and refuses unknown keys', async t => {
  const validate = new Ajv.default().compile(schemaOfManifest());
  const starter = JSON.parse(writeStarterManifest(await loadModel(modelPath('traffic_model.tflite')))) as object;

  t.true(validate(starter), JSON.stringify(validate.errors));
  t.false(validate({...starter, colour: 'red'}));
});

test('a description is plain JSON with the source of the labels', async t => {
  const model = await loadModel(modelPath('coco_ssd_mobilenet_v1_1.0_quant_2018_06_29.tflite'));
  const description = describe(model);

  t.deepEqual(JSON.parse(JSON.stringify(description)), description as object);
  t.deepEqual(description.labels, {count: 90, source: 'read from the packed file labelmap.txt'});
  t.deepEqual(description.packedLabels, [{name: 'labelmap.txt', count: 90}]);
  t.is(description.manifest.labels, undefined);
});
