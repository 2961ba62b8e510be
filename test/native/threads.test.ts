import {execFile} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {Worker} from 'node:worker_threads';
import test from 'ava';

const run = promisify(execFile);

function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}.js`, import.meta.url));
}

function startWorker(model: string, runs: number, fill: number): Worker {
  return new Worker(fixture('busy-worker'), {workerData: {model, runs, fill}});
}

function outputOf(worker: Worker): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    worker.on('message', message => message instanceof Uint8Array && resolve(message));
    worker.on('error', reject);
    worker.on('exit', code => reject(new Error(`the worker ended with ${code}`)));
  });
}

test('sessions in several worker threads at once give the results of one alone', async t => {
  const alone = await outputOf(startWorker('mobilenet_v1_0.25_128_quant', 1, 77));
  const together = [77, 200, 77].map(fill => outputOf(startWorker('mobilenet_v1_0.25_128_quant', 50, fill)));
  const [first, other, last] = await Promise.all(together);
  t.deepEqual(first, alone);
  t.deepEqual(last, alone);
  t.notDeepEqual(other, alone);
});

test('a worker thread terminated during a run ends, and the library stays usable', async t => {
  for (let round = 0; round < 3; round++) {
    const worker = startWorker('deeplabv3_mnv2_dm05_pascal_quant', Number.POSITIVE_INFINITY, 0);
    await once(worker, 'message');
    t.is(await worker.terminate(), 1);
  }
  t.is((await outputOf(startWorker('hello_world_int8', 1, 0))).length, 1);
});

test('a process that exits during a run keeps its exit code', async t => {
  const error = await t.throwsAsync(run(process.execPath, [fixture('exit-while-running')]));
  t.like(error, {code: 7, signal: null, stderr: ''});
});

test('an open session keeps no process alive', async t => {
  const {stdout} = await run(process.execPath, [fixture('idle')]);
  t.is(stdout, 'end of script\n');
});

test('a run does not wait for the thread pool of Node', async t => {
  const env = {...process.env, UV_THREADPOOL_SIZE: '1'};
  const {stdout} = await run(process.execPath, [fixture('blocked-pool')], {env});
  t.is(stdout, 'run,pool\n');
});
