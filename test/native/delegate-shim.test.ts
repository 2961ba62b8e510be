import {rm} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {DelegateUnavailableError} from '../../src/error/errors.ts';
import type {RuntimeVersion} from '../../src/native/runtime-pins.ts';
import type {TfliteSession} from '../../src/native/tflite-session.ts';
import {buildDouble} from '../helpers/build-double.ts';
import {openSession} from '../helpers/native-session.ts';

let library = '';
test.before(async () => {
  library = await buildDouble('edgetpu-abi29-delegate');
});
test.after.always(() => rm(path.dirname(library), {recursive: true, force: true}));

function openOnDouble(
  model: string,
  version: RuntimeVersion,
  options: readonly (readonly [string, string])[],
  xnnpack = false,
): Promise<TfliteSession> {
  return openSession(`edgetpu/${model}`, {xnnpack, delegates: [{path: library, options}]}, version);
}

/** What the double computes: the sum of the input bytes, plus the index, plus the offset. */
function expected(input: Uint8Array, length: number, offset: number): Uint8Array {
  const sum = input.reduce((total, byte) => total + byte, 0);
  return Uint8Array.from({length}, (_, index) => sum + index + offset);
}

const delegateWorks = test.macro(
  async (
    t,
    version: RuntimeVersion,
    options: readonly (readonly [string, string])[],
    offset: number,
    xnnpack: boolean,
  ) => {
    const session = await openOnDouble('mobilenet_v1_0.25_128_quant_edgetpu', version, options, xnnpack);
    t.teardown(() => session.close());
    const input = session.inputs[0]?.data ?? t.fail();
    for (const fill of [3, 4]) {
      for (const index of input.keys()) input[index] = (index * fill) & 255;
      await session.run();
      const output = session.outputs[0]?.data ?? t.fail();
      t.deepEqual(output.slice(), expected(input, 1001, offset));
    }
  },
);

for (const version of ['2.21.0', '2.18.0'] as const) {
  test(`a delegate of TFLite 2.9 runs in ${version}`, delegateWorks, version, [], 0, false);
  test(
    `a delegate of TFLite 2.9 runs in ${version} beside XNNPACK`,
    delegateWorks,
    version,
    [['offset', '9']],
    9,
    true,
  );
  test(
    `a delegate of TFLite 2.9 hands over buffers in ${version}`,
    delegateWorks,
    version,
    [['buffers', 'yes']],
    0,
    false,
  );

  test(`a delegate of TFLite 2.9 sees several inputs and outputs in ${version}`, async t => {
    const session = await openOnDouble('split_concat_edgetpu', version, []);
    t.teardown(() => session.close());
    for (const [index, {data}] of session.inputs.entries()) data.fill(index + 1);
    await session.run();
    const sum = session.inputs.reduce((total, {data}, index) => total + data.length * (index + 1), 0);
    for (const {data} of session.outputs) t.is(data[5], (sum + 5) & 255);
  });
}

test('a delegate that cannot be made says why', async t => {
  const opening = openOnDouble('split_concat_edgetpu', '2.21.0', [['refuse', 'no Edge TPU at usb:0']]);
  await t.throwsAsync(opening, {
    instanceOf: DelegateUnavailableError,
    message: /no Edge TPU at usb:0; .*made no delegate/,
  });
});

test('without its delegate, a model for the Edge TPU is refused by name', async t => {
  const error = await t.throwsAsync(openSession('edgetpu/split_concat_edgetpu'), {message: /edgetpu-custom-op/});
  t.like(error, {hint: 'This model is compiled for the Edge TPU; use that delegate, or the CPU version.'});
});
