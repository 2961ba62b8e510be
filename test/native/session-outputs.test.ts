import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import test from 'ava';
import type {RuntimeVersion} from '../../src/native/runtime-pins.ts';
import {TfliteSession} from '../../src/native/tflite-session.ts';
import {elements} from '../../src/tensor/read.ts';
import type {StoredCase} from '../helpers/cases.ts';
import {storedCases} from '../helpers/cases.ts';
import {openRuntime} from '../helpers/runtimes.ts';
import {sharedData} from '../helpers/shared-data.ts';

/** Largest difference that the stored variants show among themselves, or one quantized step. */
function tolerance(output: StoredCase['outputs'][number]): number {
  const spread = Object.values(output.variants ?? {}).map(variant => variant.max_abs_diff);
  return Math.max(output.dtype === 'float32' ? 1e-5 : 1, ...spread);
}

function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let largest = 0;
  for (let index = 0; index < expected.length; index++) {
    largest = Math.max(largest, Math.abs((actual[index] ?? Number.NaN) - (expected[index] ?? Number.NaN)));
  }
  return largest;
}

async function runCase(stored: StoredCase, version: RuntimeVersion, xnnpack: boolean): Promise<TfliteSession> {
  const session = await TfliteSession.open({
    tflite: await openRuntime(version),
    name: stored.case,
    model: readFileSync(sharedData(stored.model)),
    threads: 1,
    xnnpack,
  });
  for (const [index, {file}] of stored.inputs.entries()) {
    session.inputs[index]?.data.set(readFileSync(sharedData('expected', file ?? '')));
  }
  await session.run();
  return session;
}

function describeOutput(session: TfliteSession, stored: StoredCase, index: number): string {
  const expected = stored.outputs[index];
  const tensor = session.outputs[index];
  if (!expected || !tensor) return 'missing';
  const hash = createHash('sha256').update(tensor.data).digest('hex');
  const hashes = [expected.sha256, ...Object.values(expected.variants ?? {}).map(variant => variant.sha256)];
  if (hashes.includes(hash)) return 'equal';
  if (!expected.file) return 'differs from every stored hash';
  const data = new Uint8Array(readFileSync(sharedData('expected', expected.file)));
  if (data.length !== tensor.data.length) return `${tensor.data.length} bytes, not ${data.length}`;
  const difference = largestDifference(elements(tensor), elements({...tensor, data}));
  return difference <= tolerance(expected) ? 'within the stored spread' : `differs by ${difference}`;
}

const outputsAgree = test.macro(async (t, stored: StoredCase, version: RuntimeVersion, xnnpack: boolean) => {
  const session = await runCase(stored, version, xnnpack);
  t.teardown(() => session.close());
  for (const index of stored.outputs.keys()) {
    t.regex(describeOutput(session, stored, index), /^(equal|within the stored spread)$/, `output ${index}`);
  }
});

/** One case of each model whose outputs fit one tensor each and whose operators the library has. */
const names = [
  'ad01__toycar_normal',
  'deeplabv3_dm05__bird_segmentation',
  'dilated_conv__random',
  'espcn_x2_float__bird',
  'hello_world_int8__1',
  'keras_lstm_mnist__nine',
  'micro_speech__yes',
  'mobilenet_v1_0.25_128_quant__cat',
  'movenet_lightning__squat',
  'movie_review__0',
  'split_concat__random',
  'tf2_mobilenet_v2_1.0_224_ptq__owl',
];
/** Its keypoints are positions of largest heat-map cells, which flip between kernel sets; only XNNPACK's are stored exactly. */
const xnnpackOnly = 'movenet_lightning__squat';
const cases = storedCases('.tflite').filter(stored => names.includes(stored.case));

for (const stored of cases) {
  for (const version of ['2.21.0', '2.18.0'] as const) {
    for (const xnnpack of stored.case === xnnpackOnly ? [true] : [true, false]) {
      const kernels = xnnpack ? 'XNNPACK' : 'builtin kernels';
      test(
        `${stored.case}: ${version} with ${kernels} gives the stored outputs`,
        outputsAgree,
        stored,
        version,
        xnnpack,
      );
    }
  }
}

test('every named case is stored', t => {
  t.is(cases.length, names.length);
});
