import {copyFileSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {BenchRecord} from '../../src/cli/bench-record.ts';
import {readMeasured} from '../../src/engine/measured.ts';
import {findTflite} from '../../src/native/runtime.ts';
import {cli} from '../helpers/cli.ts';
import {sharedData} from '../helpers/shared-data.ts';

const mobilenet = sharedData('models', 'mobilenet_v2_1.0_224_quant.tflite');
const owl = sharedData('images', 'owl.jpg');

function scratch(t: ExecutionContext, config: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-delegates-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const file = join(folder, 'dunlin.yaml');
  writeFileSync(file, config);
  return file;
}

test('a delegate of the configuration is used by its name', async t => {
  const config = scratch(t, 'delegates: {slow: {use: cpu}}');
  const {status, json, err} = await cli(
    'infer',
    mobilenet,
    owl,
    '--config',
    config,
    '--delegate',
    'slow:cpu',
    '--json',
  );
  t.is(status, 0, err);
  t.like(json<{delegate: object}>()[0]?.delegate, {id: 'slow', device: 'cpu'});
});

test('a delegate may be set up on the command line alone', async t => {
  const use = ['--delegate-option', 'mine.use=cpu', '--delegate', 'mine'];
  const {status, json, err} = await cli('infer', mobilenet, owl, ...use, '--json');
  t.is(status, 0, err);
  t.like(json<{delegate: object}>()[0]?.delegate, {id: 'mine'});
});

const refused = test.macro(async (t, flags: readonly string[], expected: RegExp) => {
  const {status, err} = await cli('infer', mobilenet, owl, ...flags);
  t.is(status, 2);
  t.regex(err, expected);
});

test('an option without a key is refused', refused, ['--delegate-option', 'cpu=1'], /expected NAME\.KEY=VALUE/);
test(
  'a refused option does not show what may be a secret',
  refused,
  ['--delegate-option', 'token=hunter2'],
  /^(?!.*hunter2)/s,
);
test(
  'an option of nothing',
  refused,
  ['--delegate-option', 'npu.x=1'],
  /no delegate called "npu"[\s\S]*npu\.use=external/,
);
test(
  'an option that the delegate does not have',
  refused,
  ['--delegate', 'cpu', '--delegate-option', 'cpu.threads=2'],
  /delegates\.cpu\.threads: is no option/,
);
test('a delegate that does not exist', refused, ['--delegate', 'gpu'], /none called "gpu"/);

test('a configuration with faults in its delegates is refused with their lines', async t => {
  const config = scratch(t, 'delegates:\n  cpu: {threads: 2}\n');
  const infer = await cli('infer', mobilenet, owl, '--config', config);
  t.is(infer.status, 2);
  t.regex(infer.err, /dunlin\.yaml:2:9: delegates\.cpu\.threads: expected a known key/);
  const check = await cli('config', 'check', config);
  t.is(check.status, 2);
  t.regex(check.err, /dunlin\.yaml:2:9/);
});

test.serial('bench --delegate all measures what is here, and --save keeps it for auto', async t => {
  const {env} = process;
  const before = {DUNLIN_TFLITE_LIBRARY: env.DUNLIN_TFLITE_LIBRARY, DUNLIN_CACHE_DIR: env.DUNLIN_CACHE_DIR};
  const cacheDir = mkdtempSync(join(tmpdir(), 'dunlin-bench-'));
  Object.assign(env, {DUNLIN_TFLITE_LIBRARY: findTflite().path, DUNLIN_CACHE_DIR: cacheDir});
  t.teardown(() => {
    rmSync(cacheDir, {recursive: true});
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete env[name];
      else env[name] = value;
    }
  });
  const flags = ['--delegate', 'all', '--save', '--runs', '3', '--warmup', '1', '--json'];
  const {status, json, err} = await cli('bench', mobilenet, owl, ...flags);
  t.is(status, 0, err);
  const [record, ...skipped] = json<BenchRecord>();
  t.like(record, {delegate: {id: 'cpu', device: 'cpu'}, runs: 3});
  t.true(skipped.every(row => 'reason' in row));
  const p50Ms = record?.stagesMs.run?.median;
  t.like(readMeasured(cacheDir), [{model: record?.sha256, delegate: 'cpu', device: 'cpu', runs: 3, p50Ms}]);
});

test('bench refuses flags that contradict each other', async t => {
  t.regex((await cli('bench', mobilenet, '--delegate', 'all', 'cpu')).err, /Give all alone/);
  t.regex((await cli('bench', mobilenet, '--save', '--sweep')).err, /both --save and --sweep/);
});

test('a comparison for people says what was measured', async t => {
  const {out} = await cli('bench', mobilenet, '--delegate', 'all', '--runs', '2', '--warmup', '0');
  t.regex(out, /2 runs each, taking turns/);
  t.regex(out, /cpu +cpu +tflite/);
});

test('inspect says where a model can run, and why not elsewhere', async t => {
  interface Inspected {
    readonly delegates: {readonly places: readonly string[]; readonly skipped: readonly {readonly reason: string}[]};
  }
  const beside = sharedData('models', 'edgetpu', 'mobilenet_v1_0.25_128_quant_edgetpu.tflite');
  const alone = join(dirname(scratch(t, '')), 'alone_edgetpu.tflite');
  copyFileSync(beside, alone);
  const ask = async (path: string) => {
    const {status, json, err} = await cli('inspect', path, '--delegate', 'cpu', '--json');
    t.is(status, 0, err);
    return json<Inspected>()[0]!.delegates;
  };
  t.deepEqual((await ask(beside)).places, ['cpu:cpu']);
  const {places, skipped} = await ask(alone);
  t.deepEqual(places, []);
  t.regex(skipped[0]?.reason ?? '', /compiled for the Edge TPU/);
  t.regex((await cli('inspect', mobilenet, '--delegate', 'all')).out, /delegates\n {2}cpu:cpu: can run it/);
});

test('doctor prints the udev rules of every accelerator that needs them', async t => {
  const {status, out} = await cli('doctor', '--udev-rules');
  t.is(status, 0);
  for (const [vendor, product] of [
    ['1a6e', '089a'],
    ['18d1', '9302'],
    ['03e7', '2485'],
    ['03e7', 'f63b'],
  ])
    t.regex(
      out,
      new RegExp(`ATTR{idVendor}=="${vendor}", ATTR{idProduct}=="${product}".*MODE="0660", GROUP="plugdev"`),
    );
  t.regex(out, /SUBSYSTEM=="apex".*GROUP="apex"/);
});
