import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, readdir, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {DelegateUnavailableError} from '../../../src/error/errors.ts';
import {silentLog} from '../../../src/log/log.ts';
import {loadModel} from '../../../src/model/load.ts';
import {ended} from '../../helpers/processes.ts';
import {sharedData} from '../../helpers/shared-data.ts';
import {type Rig, rig} from './setup.ts';

const fixture = join(dirname(fileURLToPath(import.meta.url)), 'fixture-builder.js');
const modelPath = sharedData('models', 'version-RFB-320.onnx');
const model = await loadModel(modelPath);
const ready = ({message}: {message: string}) => /engine is ready/.test(message);

async function open({delegate}: Rig) {
  const [device] = await delegate.probe();
  return delegate.open(model, device!, {threads: 1, xnnpack: true, log: silentLog});
}

/** Another process that has begun to build. */
async function startBuilder(held: Rig): Promise<ChildProcess> {
  const before = await held.builds();
  const child = spawn(process.execPath, [fixture, held.library, held.sysroot, held.cache, modelPath], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  if (!/is being built/.test(line.toString())) throw new Error(line.toString());
  while ((await held.builds()) === before) await new Promise(setImmediate);
  return child;
}

test.serial('a build that is killed with its process is begun anew, and its host ends', async t => {
  const held = await rig(t);
  await held.build('delayMs=60000');
  const child = await startBuilder(held);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await ended(await held.lastBuilder());
  const left = await readdir(join(held.cache, 'trt'));
  t.is(left.filter(name => name.startsWith('.draft-')).length, 1);
  t.is(left.filter(name => name.endsWith('.lock')).length, 1);
  await held.build();
  await t.throwsAsync(open(held), {message: /is being built \(0 s of about/});
  await held.log.until(ready);
  await (await open(held)).close();
  t.is((await readdir(join(held.cache, 'trt'))).filter(name => /draft|lock/.test(name)).length, 0);
});

test.serial('a build that another process has under way is waited for', async t => {
  const held = await rig(t);
  await held.build('delayMs=60000');
  const child = await startBuilder(held);
  t.teardown(() => child.kill('SIGKILL'));
  await t.throwsAsync(open(held), {instanceOf: DelegateUnavailableError, message: /is being built \(\d+ s of about/});
  t.is(await held.builds(), 1);
});

test.serial('a build whose program ends in good order does not count as cut off', async t => {
  const held = await rig(t);
  await held.build('delayMs=60000');
  const child = await startBuilder(held);
  child.stdin?.write('end');
  await once(child, 'exit');
  await ended(await held.lastBuilder());
  t.false((await readdir(join(held.cache, 'trt'))).includes('building.lock'));
});

test.serial('builds that were cut off three times are not begun a fourth time', async t => {
  const held = await rig(t);
  await t.throwsAsync(open(held), {message: /is being built/});
  await held.log.until(ready);
  const names = await readdir(join(held.cache, 'trt'));
  const key = names.find(name => /^[0-9a-f]{32}$/.test(name))!;
  await held.forget(key);
  const note = {
    key,
    owner: 'dead',
    pid: 1,
    bootId: 'an earlier one',
    startedNs: '0',
    beatNs: '0',
    estimateMs: 1,
    cutOff: 2,
  };
  await writeFile(join(held.cache, 'trt', 'building.lock'), JSON.stringify(note));
  await t.throwsAsync(open(held), {
    instanceOf: DelegateUnavailableError,
    message: /it ended 3 times without a word: the board may lack memory or power; next try in 60 s/,
  });
  t.is(await held.builds(), 1);
});

test.serial('what a killed build of another model left behind is swept away by the next build', async t => {
  const held = await rig(t);
  const trt = join(held.cache, 'trt');
  const other = 'f'.repeat(32);
  await mkdir(join(trt, `.draft-${other}-1`, 'engines'), {recursive: true});
  await t.throwsAsync(open(held), {message: /is being built/});
  await held.log.until(ready);
  t.deepEqual(
    (await readdir(trt)).filter(name => name.startsWith('.')),
    [],
  );
});

test.serial('a cache that cannot be written is an error that names it', async t => {
  const held = await rig(t);
  await writeFile(held.cache, 'a file where the folder should be');
  await t.throwsAsync(open(held), {
    instanceOf: DelegateUnavailableError,
    message: /jetson gpu:0: the cache of TensorRT engines cannot be used: E/,
  });
});
