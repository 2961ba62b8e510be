import {copyFileSync, mkdirSync, mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import test from 'ava';
import {ManifestError} from '../../src/error/errors.ts';
import {loadVariants} from '../../src/model/variants.ts';
import {modelPath} from './shared-models.ts';

const cpuFile = 'mobilenet_v1_0.25_128_quant.tflite';
const compiledFile = 'edgetpu/mobilenet_v1_0.25_128_quant_edgetpu.tflite';

/** A folder with copies of shared models: name in the folder → shared model. */
function folderWith(files: Readonly<Record<string, string>>, manifest?: object): string {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-variants-'));
  for (const [name, model] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), {recursive: true});
    copyFileSync(modelPath(model), join(folder, name));
  }
  if (manifest) writeFileSync(join(folder, 'model.json'), JSON.stringify(manifest));
  return folder;
}

const manifest = {
  name: 'things',
  task: 'classify',
  family: 'scores',
  inputs: [{index: 0, role: 'image', normalization: 'as-quantized'}],
  outputs: [{index: 0, role: 'scores'}],
  labels: Array.from({length: 1001}, (_, index) => `label ${index}`),
};

test('a compiled model finds its CPU twin above its folder, and is described by it', async t => {
  const variants = await loadVariants(modelPath(compiledFile));

  t.is(variants.for('cpu').path, modelPath(cpuFile));
  t.is(variants.for('edgetpu').path, modelPath(compiledFile));
  t.is(variants.primary, variants.for('edgetpu'));
  t.is(variants.primary.name, 'mobilenet_v1_0.25_128_quant');
  t.is(variants.primary.labels.length, 1001);
  t.is(variants.primary.image?.input.width, 128);
  t.regex(variants.twinNote ?? '', /is its CPU twin: inputs and outputs agree/);
});

test('a model for the CPU finds what was compiled from it', async t => {
  const variants = await loadVariants(modelPath(cpuFile));

  t.is(variants.primary.path, modelPath(cpuFile));
  t.is(variants.for('edgetpu').path, modelPath(compiledFile));
  t.is(variants.for('movidius'), variants.primary);
  t.is(variants.all.length, 2);
});

test('a twin beside the compiled model is found, with a hyphen too', async t => {
  const folder = folderWith({'a-edgetpu.tflite': compiledFile, 'a.tflite': cpuFile});

  t.is((await loadVariants(join(folder, 'a-edgetpu.tflite'))).for('cpu').path, join(folder, 'a.tflite'));
});

test('a compiled model without a twin says which files were looked for', async t => {
  const folder = folderWith({'edgetpu/a_edgetpu.tflite': compiledFile});
  const variants = await loadVariants(join(folder, 'edgetpu', 'a_edgetpu.tflite'));

  t.is(variants.for('cpu'), variants.primary);
  t.is(
    variants.primary.twinNote,
    `no CPU twin found (looked for ${join(folder, 'edgetpu', 'a.tflite')}, ${join(folder, 'a.tflite')})`,
  );
});

test('a file of the right name with other inputs is no twin', async t => {
  const folder = folderWith({'a_edgetpu.tflite': compiledFile, 'a.tflite': 'mobilenet_v1_0.5_160_quant.tflite'});
  const variants = await loadVariants(join(folder, 'a_edgetpu.tflite'));

  t.is(variants.all.length, 1);
  t.regex(
    variants.twinNote ?? '',
    /is not its CPU twin: input 0 is uint8 \[1, 128, 128, 3\] against uint8 \[1, 160, 160, 3\]/,
  );
});

test('a damaged file of the right name is no twin, and no error', async t => {
  const folder = folderWith({'a_edgetpu.tflite': compiledFile});
  writeFileSync(join(folder, 'a.tflite'), 'TFL3 not a model');
  const variants = await loadVariants(join(folder, 'a_edgetpu.tflite'));

  t.is(variants.all.length, 1);
  t.regex(variants.twinNote ?? '', /a\.tflite is not its CPU twin: .*a\.tflite/);
});

test('a compiled file called like the CPU model is no twin', async t => {
  const folder = folderWith({'a_edgetpu.tflite': compiledFile, 'a.tflite': compiledFile});

  t.regex((await loadVariants(join(folder, 'a_edgetpu.tflite'))).twinNote ?? '', /both are compiled for the Edge TPU/);
});

test('the variants of a manifest share its name and labels', async t => {
  const folder = folderWith(
    {'cpu.tflite': cpuFile, 'tpu.tflite': compiledFile},
    {...manifest, variants: {cpu: {file: 'cpu.tflite'}, edgetpu: {file: 'tpu.tflite'}}},
  );
  const variants = await loadVariants(folder);
  const compiled = variants.for('edgetpu');

  t.is(variants.primary.path, join(folder, 'cpu.tflite'));
  t.is(compiled.path, join(folder, 'tpu.tflite'));
  t.is(compiled.name, 'things');
  t.is(compiled.labels[3], 'label 3');
  t.is(variants.twinNote, undefined);
});

test('the quantization of each variant is its own file’s', async t => {
  const variants = await loadVariants(modelPath(cpuFile));

  for (const model of variants.all) {
    t.is(model.image?.input.dtype, model.header.inputs[0]?.dtype);
    t.truthy(model.header.outputs[0]?.quantization);
  }
});

test('a variant that was not copied here is noted, not an error', async t => {
  const folder = folderWith(
    {'cpu.tflite': cpuFile},
    {...manifest, variants: {cpu: {file: 'cpu.tflite'}, edgetpu: {file: 'tpu.tflite'}}},
  );
  const variants = await loadVariants(folder);

  t.is(variants.for('edgetpu'), variants.primary);
  t.regex(variants.twinNote ?? '', /^variants\.edgetpu: .*tpu\.tflite is not there; no twin compiled/);
});

test('a variant with another number of outputs is refused by key', async t => {
  const folder = folderWith(
    {'cpu.tflite': cpuFile, 'tpu.tflite': 'edgetpu/split_concat_edgetpu.tflite'},
    {...manifest, variants: {cpu: {file: 'cpu.tflite'}, edgetpu: {file: 'tpu.tflite'}}},
  );

  await t.throwsAsync(loadVariants(folder), {instanceOf: ManifestError, message: /variants\.edgetpu has \d inputs/});
});

test('segments are one model with the inputs of the first and the outputs of the last', async t => {
  const folder = folderWith(
    {'cpu.tflite': cpuFile, 's0.tflite': compiledFile, 's1.tflite': compiledFile},
    {...manifest, variants: {cpu: {file: 'cpu.tflite'}, edgetpu: {segments: ['s0.tflite', 's1.tflite']}}},
  );
  const compiled = (await loadVariants(folder)).for('edgetpu');

  t.deepEqual(
    compiled.segments?.map(({path}) => path),
    [join(folder, 's0.tflite'), join(folder, 's1.tflite')],
  );
  t.true(compiled.header.edgetpuCompiled);
  t.is(compiled.header.operators[0]?.count, 2);
  t.is(compiled.path, join(folder, 'model.json'));
});
