import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {cpu} from '../../../delegates/cpu/index.ts';
import {silentLog} from '../../../src/log/log.ts';
import {loadModel} from '../../../src/model/load.ts';
import {elements} from '../../../src/tensor/read.ts';
import {createDelegate} from '../../helpers/delegate.ts';
import {tinyTflite} from '../../helpers/tiny-tflite.ts';

const same = {byte: 0};
const none = {byte: 0};

/** One convolution with "same" padding whose filter of ones sums a window of `height` × `width`. */
function sumOfWindows(size: number, [height, width]: readonly [number, number], stride: number): Uint8Array {
  const out = Math.ceil(size / stride);
  return tinyTflite({
    tensors: [
      {shape: [1, size, size, 1]},
      {shape: [1, height, width, 1], constant: new Float32Array(height * width).fill(1)},
      {shape: [1], constant: Float32Array.of(0)},
      {shape: [1, out, out, 1]},
    ],
    operators: [
      {code: 3, inputs: [0, 1, 2], outputs: [3], options: {type: 1, fields: [same, stride, stride, none, 1, 1]}},
    ],
    inputs: [0],
    outputs: [3],
  });
}

const sumsOnes = test.macro(async (t, bytes: Uint8Array, expected: number, engine: RegExp) => {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-stride-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  writeFileSync(join(folder, 'sum.tflite'), bytes);
  const model = await loadModel(join(folder, 'sum.tflite'));
  const [device] = await createDelegate(cpu).probe();
  const session = await createDelegate(cpu).open(model, device!, {threads: 1, xnnpack: true, log: silentLog});
  t.teardown(() => session.close());
  const {data} = session.inputs[0]!;
  data.set(new Uint8Array(new Float32Array(data.length / 4).fill(1).buffer));
  const {outputs} = await session.run();
  t.deepEqual(new Set(elements(outputs[0]!)), new Set([expected]));
  t.regex(session.engine, engine);
});

test(
  'a stride that leaves rows and columns unread: 3×3 by 4 over 16',
  sumsOnes,
  sumOfWindows(16, [3, 3], 4),
  9,
  /^tflite \S+$/,
);
test('a stride that leaves rows unread: 1×2 by 2 over 16', sumsOnes, sumOfWindows(16, [1, 2], 2), 2, /^tflite \S+$/);
test('filters of one pixel stay with XNNPACK: 1×1 by 2 over 16', sumsOnes, sumOfWindows(16, [1, 1], 2), 1, /xnnpack$/);
test('windows that touch stay with XNNPACK: 2×2 by 2 over 16', sumsOnes, sumOfWindows(16, [2, 2], 2), 4, /xnnpack$/);
