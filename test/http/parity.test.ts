import {execFile} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import test from 'ava';
import {packageRoot} from '../../src/native/package-root.ts';
import {type StoredCase, storedCases} from '../helpers/cases.ts';
import {cli} from '../helpers/cli.ts';
import {pythonEnv} from '../helpers/python.ts';
import {startServing} from '../helpers/serving.ts';
import {sharedData} from '../helpers/shared-data.ts';

const run = promisify(execFile);

/** One case of each: float, uint8 and int8, several inputs and outputs, an LSTM, boxes of a finished detector. */
const names = [
  'mobilenet_v1_0.25_128_quant__owl',
  'blazeface_short__face',
  'coco_ssd_mobilenet_v1__pets',
  'hello_world_float__3',
  'keras_lstm_mnist__nine',
  'mnist_lstm_float__3',
  'micro_speech__yes',
  'simple_add__random',
  'split_concat__random',
  'movie_review__1',
];
/** The stored ONNX cases come without their inputs: any numbers do. */
const onnx = ['fastestdet__pets', 'ultraface_rfb320__face'];
const scratch = mkdtempSync(join(tmpdir(), 'dunlin-parity-'));
const cases = [
  ...storedCases('.tflite').filter(({case: name}) => names.includes(name)),
  ...storedCases('.onnx').filter(({case: name}) => onnx.includes(name)),
];
const serving = await startServing({
  models: Object.fromEntries(cases.map(stored => [stored.case, {model: sharedData(stored.model)}])),
});
test.after.always(async () => {
  await serving.stop();
  rmSync(scratch, {recursive: true});
});

const inputFiles = (stored: StoredCase) =>
  stored.inputs.map(({file, bytes}, index) =>
    file === undefined ? someNumbers(join(scratch, `${stored.case}${index}`), bytes) : sharedData('expected', file),
  );

/** Writes float32 numbers from 0 to 1. */
function someNumbers(path: string, bytes: number): string {
  writeFileSync(
    path,
    Float32Array.from({length: bytes / 4}, (_, index) => (index % 251) / 250),
  );
  return path;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** What `dunlin infer --tensor` writes for the case. */
async function inferredHere(stored: StoredCase): Promise<string[]> {
  const folder = join(scratch, stored.case);
  const tensors = inputFiles(stored).flatMap(file => ['--tensor', file]);
  const {status, err} = await cli('infer', sharedData(stored.model), ...tensors, '--output-dir', folder, '--json');
  if (status !== 0) throw new Error(err);
  return stored.outputs.map((_, index) => sha256(readFileSync(join(folder, `out${index}.bin`))));
}

async function inferredThere(stored: StoredCase, wayIn: string, wayOut: string) {
  const {python} = await pythonEnv('tritonclient');
  const script = join(packageRoot, 'test', 'http', 'triton-peer.py');
  const {stdout} = await run(python, [
    ...[script, `127.0.0.1:${serving.port}`, stored.case, wayIn, wayOut],
    ...inputFiles(stored),
  ]);
  return JSON.parse(stdout) as {server: string; id: string; sha256: string[]; refused: string | null};
}

test('the cases are there', t => {
  t.deepEqual(cases.map(({case: name}) => name).sort(), [...names, ...onnx].sort());
});

for (const stored of cases) {
  test.serial(`${stored.case}: tritonclient gets the bytes that dunlin infer gives, in binary and in JSON`, async t => {
    await Promise.all(cases.map(({case: name}) => serving.opened(name)));
    const expected = await inferredHere(stored);
    const binary = await inferredThere(stored, 'binary', 'binary');
    t.deepEqual(binary.sha256, expected);
    t.is(binary.server, 'dunlin');
    t.is(binary.id, '7');
    t.regex(binary.refused ?? '', /^inputs: /);
    t.deepEqual((await inferredThere(stored, 'json', 'json')).sha256, expected);
  });
}
