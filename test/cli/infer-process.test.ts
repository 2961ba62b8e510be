import {type SpawnOptions, spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {packageRoot} from '../../src/native/package-root.ts';
import {sharedData} from '../helpers/shared-data.ts';

const classifier = sharedData('models', 'mobilenet_v1_0.25_128_quant.tflite');
const owl = sharedData('images', 'owl.jpg');
const many = new Array<string>(60).fill(owl);

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The real program; `onOut` sees its output as it comes. */
function dunlin(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = {},
  hangUpAfterBytes = Number.POSITIVE_INFINITY,
): Promise<Ended> {
  const options: SpawnOptions = {stdio: ['ignore', 'pipe', 'pipe'], env: {...process.env, ...env}};
  const child = spawn(process.execPath, [join(packageRoot, 'bin', 'dunlin'), ...argv], options);
  let out = '';
  let err = '';
  child.stdout?.on('data', chunk => {
    out += String(chunk);
    if (out.length > hangUpAfterBytes) child.stdout?.destroy();
  });
  child.stderr?.on('data', chunk => {
    err += String(chunk);
  });
  return new Promise(resolve => child.on('close', code => resolve({code, out, err})));
}

test('everything is written to a pipe before the program ends', async t => {
  const {code, out} = await dunlin(['infer', classifier, ...many, '--json', '--top', '1000']);
  t.is(code, 0);
  const lines = out.trimEnd().split('\n');
  t.is(lines.length, 60);
  t.is(JSON.parse(lines[59]!).result.classes.length, 1000);
});

test('a reader that has enough ends the program without a word', async t => {
  const {code, err} = await dunlin(['infer', classifier, ...many, '--json', '--top', '1000'], {}, 100);
  t.is(code, 0);
  t.is(err, '');
});

test('without a TFLite library the remedy is told, with status 5', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-empty-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const {code, err} = await dunlin(['infer', classifier, owl], {DUNLIN_CACHE_DIR: folder});
  t.is(code, 5);
  t.regex(err, /NATIVE_UNAVAILABLE: .*\n(.*\n)*what to do: .*dunlin runtime install/);
});
