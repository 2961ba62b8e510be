import {execFile} from 'node:child_process';
import {rm} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import test from 'ava';
import {installRuntime} from '../../src/native/runtime-install.ts';
import {buildDouble} from '../helpers/build-double.ts';
import {prepareArm64} from '../helpers/qemu.ts';

type Outputs = Readonly<Record<string, readonly number[]>>;
const script = fileURLToPath(new URL('fixtures/outputs.js', import.meta.url));

async function outputsHere(double: string): Promise<Outputs> {
  const {path: library} = await installRuntime({version: '2.21.0'});
  const env = {...process.env, DUNLIN_TFLITE_LIBRARY: library};
  const {stdout} = await promisify(execFile)(process.execPath, [script, double], {env});
  return JSON.parse(stdout) as Outputs;
}

/** Quantized bytes, so that a step is 1; −1 and 0 in two's complement are neighbours too. */
function largestStep(left: readonly number[], right: readonly number[]): number {
  return Math.max(...left.map((value, index) => Math.abs(((value - (right[index] ?? 0)) << 24) >> 24)));
}

test('the arm64 addon gives the results of this machine, within one quantized step', async t => {
  t.timeout(300_000);
  const arm64 = await prepareArm64();
  if ('missing' in arm64) {
    t.log(`SKIPPED, nothing was run for arm64: ${arm64.missing}`);
    t.pass();
    return;
  }
  const [foreign, native] = [
    await buildDouble('edgetpu-abi29-delegate', arm64.compiler),
    await buildDouble('edgetpu-abi29-delegate'),
  ];
  t.teardown(() => Promise.all([foreign, native].map(file => rm(path.dirname(file), {recursive: true, force: true}))));
  const emulated = JSON.parse(
    await arm64.node(script, [foreign], {DUNLIN_TFLITE_LIBRARY: arm64.tflitePath}),
  ) as Outputs;
  const here = await outputsHere(native);
  t.deepEqual(Object.keys(emulated), Object.keys(here));
  for (const [what, bytes] of Object.entries(here)) {
    t.is(emulated[what]?.length, bytes.length, what);
    t.true(largestStep(bytes, emulated[what] ?? []) <= 1, `${what} differs by more than a step`);
  }
});
