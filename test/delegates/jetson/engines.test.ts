import {appendFile, mkdir, readdir, readFile, rm, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {Delegate, Session} from '../../../src/delegate/contract.ts';
import {DelegateUnavailableError, ModelUnsupportedError} from '../../../src/error/errors.ts';
import {silentLog} from '../../../src/log/log.ts';
import {loadModel} from '../../../src/model/load.ts';
import {keepLog} from '../../helpers/log.ts';
import {sharedData} from '../../helpers/shared-data.ts';
import {type Rig, rig} from './setup.ts';

const options = {threads: 1, xnnpack: true, log: silentLog};
const model = await loadModel(sharedData('models', 'version-RFB-320.onnx'));

async function open(delegate: Delegate, deviceId = 'gpu:0'): Promise<Session> {
  const device = (await delegate.probe()).find(({id}) => id === deviceId);
  return delegate.open(model, device!, options);
}

const notYet = {instanceOf: DelegateUnavailableError, message: /the TensorRT engine is being built \(\d+ s of about /};
const ready = ({message}: {message: string}) => /engine is ready/.test(message);
const failed = ({message}: {message: string}) => /could not be built/.test(message);

/** Asks for the engine, waits until it is built, and opens it. */
async function buildAndOpen(t: ExecutionContext, {delegate, log}: Rig, deviceId?: string): Promise<Session> {
  await t.throwsAsync(open(delegate, deviceId), notYet);
  await log.until(ready);
  return open(delegate, deviceId);
}

/** Files of the one engine in the cache. */
async function engineFolder({cache}: Rig): Promise<string> {
  const keys = (await readdir(join(cache, 'trt'))).filter(name => /^[0-9a-f]{32}$/.test(name));
  return join(cache, 'trt', keys[0]!);
}

async function engineFile(held: Rig): Promise<string> {
  const folder = join(await engineFolder(held), 'engines');
  return join(folder, (await readdir(folder))[0]!);
}

test.serial('an engine is built in the background, then opened at once, and again after a restart', async t => {
  const held = await rig(t);
  const session = await buildAndOpen(t, held);
  t.is(session.engine, 'onnxruntime 1.30.0');
  const {outputs} = await session.run();
  t.deepEqual([...outputs[0]!.shape], [1, 4420, 2]);
  await session.close();
  const again = await open(held.another());
  await again.close();
  t.is(await held.builds(), 1);
  const names = await readdir(join(held.cache, 'trt'));
  t.false(
    names.some(name => /draft|lock|failed/.test(name)),
    names.join(' '),
  );
  const manifest = await readFile(join(await engineFolder(held), 'manifest.json'), 'utf8');
  t.like(JSON.parse(manifest).about, {tensorrt: '8.6.2', gpu: 'tegra234 sm_87', precision: 'fp16'});
});

test.serial('precision, accelerator and settings have engines of their own', async t => {
  const held = await rig(t);
  await (await buildAndOpen(t, held)).close();
  for (const [others, device] of [
    [{precision: 'fp32'}, 'gpu:0'],
    [{precision: 'int8'}, 'gpu:0'],
    [{trt: {trt_min_subgraph_size: 5}}, 'gpu:0'],
    [{dla: 1}, 'dla:1'],
  ] as const) {
    const log = keepLog();
    const delegate = held.another(others, log);
    await t.throwsAsync(open(delegate, device), notYet);
    await log.until(ready);
    await (await open(delegate, device)).close();
  }
  t.is(await held.builds(), 5);
});

test.serial('delegates that want the same engine at once share one build', async t => {
  const held = await rig(t);
  await held.build('delayMs=300');
  const others = [held.delegate, held.another(), held.another()];
  await Promise.all(others.map(delegate => t.throwsAsync(open(delegate), notYet)));
  await held.log.until(ready);
  const sessions = await Promise.all(others.map(delegate => open(delegate)));
  t.is(await held.builds(), 1);
  await Promise.all(sessions.map(session => session.close()));
});

test.serial('engines are built one after the other', async t => {
  const held = await rig(t);
  await held.build('delayMs=300');
  const log = keepLog();
  const other = held.another({precision: 'fp32'}, log);
  await t.throwsAsync(open(held.delegate), notYet);
  await t.throwsAsync(open(other), {message: /engine waits for another one to be built \(\d+ s of about /});
  t.is(log.lines.length, 0);
  await held.log.until(ready);
  await t.throwsAsync(open(other), notYet);
  await log.until(ready);
  t.is(await held.builds(), 2);
});

test.serial('a calibration table lies beside the engine, and another one makes another engine', async t => {
  const held = await rig(t);
  const calibrationTable = join(held.cache, 'ranges');
  await mkdir(held.cache, {recursive: true});
  for (const ranges of ['ranges', 'other ranges']) {
    await writeFile(calibrationTable, ranges);
    const log = keepLog();
    const delegate = held.another({precision: 'int8', calibrationTable}, log);
    await t.throwsAsync(open(delegate), notYet);
    await log.until(ready);
    await (await open(delegate)).close();
  }
  t.is(await held.builds(), 2);
  t.true((await readdir(join(await engineFolder(held), 'engines'))).includes('calibration'));
  await rm(calibrationTable);
  await t.throwsAsync(open(held.another({precision: 'int8', calibrationTable})), {
    instanceOf: DelegateUnavailableError,
    message: /calibrationTable cannot be read: ENOENT/,
  });
});

test.serial('the second engine is built with the timings of the first, and estimated by it', async t => {
  const held = await rig(t);
  await (await buildAndOpen(t, held)).close();
  t.deepEqual(await readdir(join(held.cache, 'trt', 'timing')), ['TensorrtExecutionProvider_cache_sm87.timing']);
  for (const [others, estimate] of [
    [{trt: {trt_min_subgraph_size: 5}}, /\(0 s of about [0-5] s\)/],
    [{precision: 'int8'}, /\(0 s of about 4\d s\)/],
  ] as const) {
    const log = keepLog();
    await t.throwsAsync(open(held.another(others, log)), {message: estimate});
    await log.until(ready);
  }
});

const damages: readonly (readonly [title: string, damage: (held: Rig) => Promise<unknown>])[] = [
  ['a changed byte', async held => flip(await engineFile(held), 0)],
  ['a changed byte in the middle', async held => flip(await engineFile(held), 2000)],
  ['a file cut short', async held => truncate(await engineFile(held), 1000)],
  ['an empty file', async held => truncate(await engineFile(held), 0)],
  ['a longer file', async held => appendFile(await engineFile(held), 'x')],
  ['a missing file', async held => rm(await engineFile(held))],
  ['a file too many', async held => writeFile(`${await engineFile(held)}2`, 'x')],
  ['a missing manifest', async held => rm(join(await engineFolder(held), 'manifest.json'))],
  ['a manifest cut short', async held => truncate(join(await engineFolder(held), 'manifest.json'), 20)],
  [
    'a manifest of another format',
    async held => writeFile(join(await engineFolder(held), 'manifest.json'), '{"format":2}'),
  ],
  ['a manifest that is no object', async held => writeFile(join(await engineFolder(held), 'manifest.json'), 'null')],
  ['an empty folder', async held => empty(await engineFolder(held))],
];

for (const [title, damage] of damages) {
  test.serial(`${title} in the cache is noticed, and the engine built anew`, async t => {
    const held = await rig(t);
    await (await buildAndOpen(t, held)).close();
    await damage(held);
    const log = keepLog();
    const delegate = held.another({}, log);
    await t.throwsAsync(open(delegate), notYet);
    t.true(
      log.lines.some(
        ({level, message}) => level === 'warn' && /engine is damaged \(.+\): building it anew/.test(message),
      ),
    );
    await log.until(ready);
    await (await open(delegate)).close();
    t.is(await held.builds(), 2);
  });
}

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[at]! ^= 1;
  await writeFile(path, bytes);
}

async function empty(folder: string): Promise<void> {
  await rm(folder, {recursive: true});
  await mkdir(folder);
}

test.serial('an engine that TensorRT cannot read, though it is as it was built, is discarded and rests', async t => {
  const held = await rig(t);
  await held.build('corrupt=1');
  await t.throwsAsync(open(held.delegate), notYet);
  await held.log.until(ready);
  await t.throwsAsync(open(held.delegate), {
    instanceOf: DelegateUnavailableError,
    message: /could not deserialize engine.*; next try in 60 s/,
  });
  await t.throwsAsync(open(held.delegate), {message: /next try in 60 s/});
  t.is(await held.builds(), 1);
});

const failures: readonly (readonly [order: string, message: RegExp])[] = [
  ['fail=1', /failed to create engine from network.*out of memory; next try in 60 s/],
  ['crash=1', /its process crashed \(SIGSEGV\) while opening the model; next try in 60 s/],
];

for (const [order, message] of failures) {
  test.serial(`a build that ends with ${order} is remembered with its reason, also after a restart`, async t => {
    const held = await rig(t);
    await held.build(order);
    await t.throwsAsync(open(held.delegate), notYet);
    await held.log.until(failed);
    await t.throwsAsync(open(held.delegate), {instanceOf: DelegateUnavailableError, message});
    const error = await t.throwsAsync(open(held.another()), {message});
    t.is(await held.builds(), 1);
    await held.build();
    const [, note] = /delete (\S+) to try at once/.exec((error as DelegateUnavailableError).hint) ?? [];
    await rm(note!);
    await (await buildAndOpen(t, held)).close();
  });
}

test.serial('a model that the library refuses while building is refused, not waited for', async t => {
  const held = await rig(t);
  await held.build('refuse=1');
  await t.throwsAsync(open(held.delegate), notYet);
  await held.log.until(failed);
  await t.throwsAsync(open(held.delegate), {instanceOf: ModelUnsupportedError, message: /This is an invalid model/});
});

test.serial('a build whose process is killed leaves nothing half done', async t => {
  const held = await rig(t);
  await held.build('hang=1');
  await t.throwsAsync(open(held.delegate), notYet);
  await waitForBuild(held);
  const key = [...held.hosts.started.keys()].find(name => name.startsWith('jetson build '))!;
  process.kill(held.hosts.running(key).pid, 'SIGKILL');
  await held.log.until(failed);
  await t.throwsAsync(open(held.delegate), {message: /its process crashed \(SIGKILL\) while opening the model/});
  t.deepEqual(await left(held), []);
});

async function left({cache}: Rig): Promise<string[]> {
  return (await readdir(join(cache, 'trt'))).filter(name => !name.endsWith('.failed.json'));
}

/** The double writes a line when it begins to build. */
async function waitForBuild(held: Rig): Promise<void> {
  while ((await held.builds()) === 0) await new Promise(setImmediate);
}
