import {execFileSync, spawn} from 'node:child_process';
import {mkdtempSync, readFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {connectAsync} from 'mqtt';
import {packageRoot} from '../src/native/package-root.ts';
import {findTflite} from '../src/native/runtime.ts';
import {median} from './lib/peer.ts';
import {startBroker, writeConfig} from './lib/process.ts';
import {progress, type Row} from './lib/report.ts';
import {makeFrames} from './lib/setup.ts';

const rssTargetMiB = 80;
const coldTargetS = 1;
const resultsBefore = 600;
const dunlin = join(packageRoot, 'bin/dunlin');

/** Resident memory of the daemon with one TFLite model, and the time from starting `infer` to its first result. */
export async function benchFootprint(data: string, rounds: number): Promise<Row[]> {
  const model = join(data, 'models', 'mobilenet_v1_0.25_128_quant.tflite');
  const photo = join(data, 'images', 'cats_and_dogs.jpg');
  const camera = {uri: makeFrames(photo, 1000), realtime: true, fps: 30, loop: true};
  return [
    ...(await memory('720p JPEG', camera, model)),
    ...(await memory('720p RGB', {uri: 'test:1280x720@30'}, model)),
    ...coldStart(model, photo, rounds),
  ];
}

/** After 20 s at 30 frames/s, when the heaps have grown to what they need. */
async function memory(what: string, source: object, model: string): Promise<Row[]> {
  const broker = await startBroker();
  const url = `mqtt://127.0.0.1:${broker.port}`;
  const pipelines = {bench: {source, model, threads: 1}};
  const config = writeConfig(JSON.stringify({mqtt: {url}, log: {level: 'error'}, pipelines}));
  const client = await connectAsync(url);
  await client.subscribeAsync('dunlin/+/bench/result');
  progress(`footprint: memory, ${what}`);
  const daemon = spawn(process.execPath, [dunlin, 'up', '--config', config], {stdio: 'ignore'});
  let results = 0;
  await new Promise<void>(resolve => {
    client.on('message', () => {
      results++;
      if (results === resultsBefore) resolve();
    });
  });
  const status = readFileSync(`/proc/${daemon.pid}/status`, 'utf8');
  const mib = (field: string) => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
  const onnxLoaded = readFileSync(`/proc/${daemon.pid}/maps`, 'utf8').includes('onnxruntime');
  daemon.kill();
  await client.endAsync();
  broker.stop();
  const rssMiB = mib('VmRSS');
  const row = (part: string, value: number): Row => ({
    bench: 'footprint',
    what: `daemon ${part}, ${what}`,
    peer: 'dunlin',
    value,
    unit: 'MiB',
  });
  return [
    {...row('RSS', rssMiB), target: `≤ ${rssTargetMiB} MiB`, met: rssMiB <= rssTargetMiB},
    row('RSS: its own memory', mib('RssAnon')),
    row('RSS: programs and libraries', mib('RssFile')),
    {
      bench: 'footprint',
      what: 'onnxruntime mapped without an ONNX model',
      peer: 'dunlin',
      value: onnxLoaded ? 1 : 0,
      unit: '',
      target: '0',
      met: !onnxLoaded,
    },
  ];
}

function coldStart(model: string, picture: string, rounds: number): Row[] {
  const {path: library} = findTflite();
  const run = (cache: string) => {
    const startedAt = performance.now();
    execFileSync(process.execPath, [dunlin, 'infer', model, picture, '--json'], {
      env: {...process.env, DUNLIN_CACHE_DIR: cache, DUNLIN_TFLITE_LIBRARY: library},
    });
    return (performance.now() - startedAt) / 1000;
  };
  const first: number[] = [];
  const later: number[] = [];
  progress('footprint: cold start');
  for (let round = 0; round < rounds; round++) {
    const cache = mkdtempSync(join(tmpdir(), 'dunlin-bench-'));
    first.push(run(cache));
    later.push(run(cache));
  }
  const row = (what: string, values: readonly number[]): Row => {
    const value = median(values);
    return {
      bench: 'footprint',
      what,
      peer: 'dunlin',
      value,
      unit: 's',
      target: `≤ ${coldTargetS} s`,
      met: value <= coldTargetS,
    };
  };
  return [row('infer, process start to end, model never seen', first), row('infer, process start to end', later)];
}
