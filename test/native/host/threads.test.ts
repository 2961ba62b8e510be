import {once} from 'node:events';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {Worker} from 'node:worker_threads';
import test from 'ava';
import type {SpawnedHost} from '../../../src/native/host/spawn.ts';
import {spawnHost} from '../../../src/native/host/spawn.ts';
import {loadNative} from '../../../src/native/load.ts';
import {buildDouble} from '../../helpers/build-double.ts';

const library = buildDouble('tflite-double');
test.after.always(async () => rm(path.dirname(await library), {recursive: true}));
const script = fileURLToPath(new URL('fixtures/hosted-worker.js', import.meta.url));

async function start(env: Readonly<Record<string, string>> = {}): Promise<SpawnedHost> {
  return spawnHost({key: 'threads', engine: 'tflite', library: await library, env});
}

async function stop(host: SpawnedHost): Promise<void> {
  loadNative().hostClose(host.parentSocket);
  host.kill();
  await host.exited;
}

function startWorker(host: SpawnedHost, fill: number, runs: number): Worker {
  return new Worker(script, {workerData: {parent: host.parentSocket, fill, runs}});
}

test('sessions of several worker threads share one process, and none gets the answers of another', async t => {
  const host = await start();
  t.teardown(() => stop(host));
  const workers = [1, 70, 140, 210].map(fill => startWorker(host, fill, 100));
  const answers = workers.map(
    worker =>
      new Promise((resolve, reject) => {
        worker.on('message', message => typeof message === 'number' && resolve(message));
        worker.on('error', reject);
      }),
  );
  t.deepEqual(await Promise.all(answers), [100, 100, 100, 100]);
});

test('a worker thread ends at once although its run hangs, and the program serves the next', async t => {
  const folder = await mkdtemp(path.join(tmpdir(), 'dunlin-threads-'));
  const control = path.join(folder, 'control');
  await writeFile(control, 'hang=run');
  const host = await start({DUNLIN_DOUBLE_CONTROL: control});
  t.teardown(async () => {
    await stop(host);
    await rm(folder, {recursive: true});
  });
  const worker = startWorker(host, 1, 1);
  await once(worker, 'message');
  t.is(await worker.terminate(), 1);
  const lane = loadNative().laneCreate('next');
  const options = {model: Buffer.from('double'), options: [], share: 1, timeoutMs: 100};
  t.notThrows(() => loadNative().hostClose(loadNative().hostConnect(host.parentSocket)));
  host.kill();
  await t.throwsAsync(async () => loadNative().hostedOpen(lane, loadNative().hostConnect(host.parentSocket), options), {
    code: 'LOST',
  });
  await loadNative().laneClose(lane);
});
