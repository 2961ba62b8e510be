import {mkdtempSync, readFileSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {cli} from '../helpers/cli.ts';
import {sharedData} from '../helpers/shared-data.ts';

const scratch = () => mkdtempSync(join(tmpdir(), 'dunlin-cli-'));
const mobilenet = sharedData('models', 'mobilenet_v2_1.0_224_quant.tflite');

for (const argv of [
  ['frobnicate'],
  ['infer'],
  ['infer', 'm.tflite', 'p.jpg', '--top', '0'],
  ['infer', 'm.tflite', 'p.jpg', '--threshold', '1.5'],
  ['infer', 'm.tflite'],
  ['bench', 'm.tflite', '--threads', 'many'],
]) {
  test(`dunlin ${argv.join(' ')}: a wrong command line ends with status 2`, async t => {
    const {status, err} = await cli(...argv);
    t.is(status, 2);
    t.not(err, '');
  });
}

for (const command of ['up', 'infer', 'inspect', 'bench', 'doctor', 'devices', 'watch']) {
  test(`dunlin ${command} --help shows an example and ends with status 0`, async t => {
    const {status, out} = await cli(command, '--help');
    t.is(status, 0);
    t.regex(out, new RegExp(`Example: dunlin ${command}`));
  });
}

test('inspect says format, tensors, operators, size, labels and the inferred task with its reason', async t => {
  const {status, json, err} = await cli('inspect', mobilenet, '--json');
  t.is(status, 0, err);
  const [model] = json<Record<string, unknown>>();
  t.like(model, {
    format: 'tflite',
    inputs: [{dtype: 'uint8', shape: [1, 224, 224, 3], quantization: {scale: 0.0078125, zeroPoint: 128}}],
    edgetpuCompiled: false,
    macs: 300775552,
    task: 'classify',
    family: 'scores',
    labels: {count: 1001},
  });
  t.regex(JSON.stringify(model), /"reasons":\{"task":"one picture in/);
});

test('inspect writes a model.json that infer then takes, and never replaces one', async t => {
  const file = join(scratch(), 'model.json');
  t.is((await cli('inspect', mobilenet, '--write-manifest', file)).status, 0);
  const {status, json, err} = await cli(
    'infer',
    mobilenet,
    sharedData('images', 'owl.jpg'),
    '--manifest',
    file,
    '--json',
  );
  t.is(status, 0, err);
  t.is(json<{model: {task: string}}>()[0]?.model.task, 'classify');
  const before = readFileSync(file, 'utf8');
  t.is((await cli('inspect', mobilenet, '--write-manifest', file)).status, 2);
  t.is(readFileSync(file, 'utf8'), before);
});

test('inspect knows a model that is compiled for the Edge TPU', async t => {
  const {json} = await cli('inspect', sharedData('models', 'edgetpu', 'testconv1-edgetpu.tflite'), '--json');
  t.like(json<object>()[0], {edgetpuCompiled: true, customOps: ['edgetpu-custom-op']});
});

test('bench gives quantiles per stage and memory', async t => {
  const {status, json, err} = await cli(
    'bench',
    mobilenet,
    sharedData('images', 'owl.jpg'),
    '--runs',
    '5',
    '--warmup',
    '1',
    '--json',
  );
  t.is(status, 0, err);
  const [record] = json<{
    runs: number;
    stagesMs: Record<string, {min: number; median: number; p95: number; p99: number}>;
  }>();
  t.is(record?.runs, 5);
  t.deepEqual(Object.keys(record?.stagesMs ?? {}), ['decode', 'preprocess', 'run', 'postprocess', 'total']);
  for (const {min, median, p95, p99} of Object.values(record?.stagesMs ?? {}))
    t.true(min <= median && median <= p95 && p95 <= p99);
});

test('config init writes a file that config check takes, and never replaces one unasked', async t => {
  const file = join(scratch(), 'dunlin.yaml');
  t.is((await cli('config', 'init', file)).status, 0);
  t.is((await cli('config', 'check', file)).status, 0);
  t.is((await cli('config', 'init', file)).status, 2);
});

test('config check names file, line, key, what was found and what is expected', async t => {
  const file = join(scratch(), 'dunlin.yaml');
  writeFileSync(file, 'pipelines:\n  door:\n    source: test:64x64@5\n    model: ./m.tflite\n    threshold: 1.5\n');
  const {status, err} = await cli('config', 'check', file);
  t.is(status, 2);
  t.true(err.includes(`${file}:5:16: pipelines.door.threshold: expected`), err);
  t.regex(err, /got 1\.5/);
});

test('doctor and devices look under another root', async t => {
  const doctor = await cli('doctor', '--json', '--sysroot', 'test/fixtures/sysroot/raspberry-pi-4');
  t.is(doctor.json<{profile: {id: string}}>()[0]?.profile.id, 'raspberry-pi-4');
  const devices = await cli('devices', '--json', '--sysroot', 'test/fixtures/sysroot/raspberry-pi-4');
  t.is(devices.status, 0);
  t.is(devices.json<{board: {profile: string}}>()[0]?.board.profile, 'raspberry-pi-4');
});
