import test from 'ava';
import {DunlinError} from '../../src/error/errors.ts';
import {inferManifest} from '../../src/model/infer.ts';
import {readModel} from '../../src/model/read.ts';
import {seededRandom} from './random.ts';
import {modelBytes} from './shared-models.ts';

/** Values that break careless arithmetic. */
const nasty = [0, 1, -1, 2, 4, 127, 128, 255, 65_535, 2 ** 31 - 1, -(2 ** 31), 1_000_000];

/** Changes one to six places: a bit, a byte, a 32-bit number, or a piece copied from elsewhere. */
function mutate(original: Uint8Array, random: () => number): Uint8Array {
  const bytes = original.slice();
  const view = new DataView(bytes.buffer);
  const place = () => Math.floor(random() * bytes.length);
  const changes = 1 + Math.floor(random() * 6);
  for (let change = 0; change < changes; change++) {
    const at = place();
    const word = Math.max(0, Math.min(bytes.length - 4, at - (at % 4)));
    const kind = random();
    if (kind < 0.35) bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
    else if (kind < 0.6) bytes[at] = Math.floor(random() * 256);
    else if (kind < 0.9) view.setInt32(word, nasty[Math.floor(random() * nasty.length)] ?? 0, true);
    else bytes.copyWithin(word, place(), place());
  }
  return bytes;
}

/** Reads and infers; an error made on purpose is fine, anything else is a bug. @returns whether the file was accepted */
function survives(bytes: Uint8Array): boolean {
  try {
    inferManifest(readModel(bytes, 'fuzz'), 'fuzz.tflite');
    return true;
  } catch (error) {
    if (error instanceof DunlinError) return false;
    throw error;
  }
}

const mutations = test.macro({
  title: (_, name: string, count: number) => `${count} random changes of ${name} are refused or read`,
  exec(t, name: string, count: number) {
    const original = modelBytes(name);
    const random = seededRandom(20_261_123);
    let accepted = 0;
    for (let round = 0; round < count; round++) accepted += Number(survives(mutate(original, random)));

    t.true(accepted > 0 && accepted < count, `${accepted} of ${count} accepted`);
  },
});

test(mutations, 'hello_world_int8.tflite', 4000);
test(mutations, 'simple_add_model.tflite', 4000);
test(mutations, 'int16_cases/transpose_conv4.tflite', 4000);
test(mutations, 'keypoint_classifier.tflite', 1000);

const truncations = test.macro({
  title: (_, name: string) => `${name} cut off at every 64th byte is refused`,
  exec(t, name: string) {
    const original = modelBytes(name);
    const accepted: number[] = [];
    for (let length = 0; length < original.length; length += 64) {
      if (survives(original.slice(0, length))) accepted.push(length);
    }
    t.deepEqual(accepted, []);
  },
});

test(truncations, 'hello_world_int8.tflite');
test(truncations, 'simple_add_model.tflite');
test(truncations, 'micro_speech_quantized.tflite');

test('an ONNX file with random changes is refused or read', t => {
  const original = modelBytes('ch_ppocr_mobile_v2.0_cls_infer.onnx');
  const random = seededRandom(7);
  let accepted = 0;
  for (let round = 0; round < 300; round++) accepted += Number(survives(mutate(original, random)));

  t.true(accepted < 300);
});

test('an ONNX file cut off anywhere is refused', t => {
  const original = modelBytes('FastestDet.onnx');
  const accepted: number[] = [];
  for (let length = 0; length < original.length; length += 4096) {
    if (survives(original.slice(0, length))) accepted.push(length);
  }

  t.deepEqual(accepted, []);
});
