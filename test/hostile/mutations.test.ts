import {execFile} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {DunlinError} from '../../src/error/errors.ts';
import {loadModel} from '../../src/model/load.ts';
import {sharedData} from '../helpers/shared-data.ts';
import {mutate} from './mutate.ts';

const child = fileURLToPath(new URL('./native-child.js', import.meta.url));
const refusals: ReadonlySet<string> = new Set(['MODEL_INVALID', 'MODEL_UNSUPPORTED', 'MANIFEST_INVALID']);

interface Damage {
  readonly model: string;
  readonly seeds: number;
  /** Every how many survivors one is run natively. */
  readonly step: number;
}

const damages: readonly Damage[] = [
  {model: 'split_concat.tflite', seeds: 4000, step: 2},
  {model: 'keras_lstm_mnist_ptq.tflite', seeds: 3000, step: 6},
  {model: 'dilated_conv.tflite', seeds: 3000, step: 4},
];

function scratch(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-hostile-'));
  t.teardown(() => rmSync(folder, {recursive: true, force: true}));
  return folder;
}

/** True when the file loads; any error but a refusal made on purpose is thrown. */
async function loads(path: string): Promise<boolean> {
  try {
    await loadModel(path);
    return true;
  } catch (error) {
    if (error instanceof DunlinError && refusals.has(error.code)) return false;
    throw error;
  }
}

async function survivorsOf({model, seeds}: Damage, folder: string): Promise<readonly string[]> {
  const original = readFileSync(sharedData('models', model));
  const survivors: string[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const path = join(folder, `${seed}.tflite`);
    writeFileSync(path, mutate(original, seed));
    if (await loads(path)) survivors.push(path);
    else rmSync(path);
  }
  return survivors;
}

interface Ran {
  readonly last: string;
  readonly signal: string | undefined;
}

function runNatively(paths: readonly string[]): Promise<Ran> {
  return new Promise(resolve => {
    execFile(process.execPath, [child, ...paths], {timeout: 120_000}, (error, stdout) => {
      resolve({last: stdout.trimEnd().split('\n').at(-1) ?? '', signal: error?.signal ?? undefined});
    });
  });
}

const endures = test.macro({
  title: (_, {model, seeds}: Damage) =>
    `${seeds} damaged copies of ${model} are refused, or run natively without a crash`,
  async exec(t, damage: Damage) {
    const survivors = await survivorsOf(damage, scratch(t));
    t.true(survivors.length > 0 && survivors.length < damage.seeds, `${survivors.length} of ${damage.seeds} loaded`);
    const sample = survivors.filter((_, index) => index % damage.step === 0);
    t.deepEqual(await runNatively(sample), {last: 'done', signal: undefined});
    t.log(`${survivors.length} of ${damage.seeds} loaded, ${sample.length} of them run natively`);
  },
});

for (const damage of damages) test.serial(endures, damage);

test('the same seed damages a file in the same way, another in another way', t => {
  const file = new Uint8Array(4096);
  t.deepEqual(mutate(file, 7), mutate(file, 7));
  t.notDeepEqual(mutate(file, 7), mutate(file, 8));
});

for (const model of [
  'FastestDet.onnx',
  'mobilenet_v1_0.25_224_quant_metadata.tflite',
  'keyword_scrambled_8bit.tflite',
]) {
  test(`${model} cut off at places all along it is refused, or loads where only what follows the graph is missing`, async t => {
    const original = readFileSync(sharedData('models', model));
    const path = join(scratch(t), 'cut.bin');
    const step = 64 * Math.ceil(original.length / 64 / 500);
    for (let length = 0; length < original.length; length += step) {
      writeFileSync(path, original.subarray(0, length));
      await t.notThrowsAsync(loads(path), `${length} of ${original.length} bytes`);
    }
  });
}
