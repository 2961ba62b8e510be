import test from 'ava';
import {InputError, ModelUnsupportedError, RunError} from '../../src/error/errors.ts';
import type {NativeAddon} from '../../src/native/api.ts';
import {loadNative} from '../../src/native/load.ts';
import {modelBytes, openSession} from '../helpers/native-session.ts';

function floats(data: Uint8Array | undefined): Float32Array {
  if (!data) throw new Error('no such tensor');
  return new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4);
}

test('a value written into the input view is what the next run reads, and the output view follows', async t => {
  const session = await openSession('hello_world_float');
  t.teardown(() => session.close());
  const input = floats(session.inputs[0]?.data);
  const output = floats(session.outputs[0]?.data);
  input[0] = 1.5;
  await session.run();
  const first = output[0] ?? 0;
  input[0] = 4.5;
  await session.run();
  t.true(Math.abs(first - Math.sin(1.5)) < 0.05, `sin 1.5 is near ${first}`);
  t.true(Math.abs((output[0] ?? 0) - Math.sin(4.5)) < 0.1, `sin 4.5 is near ${output[0]}`);
});

test('inputs are zero after opening', async t => {
  const session = await openSession('mobilenet_v1_0.25_128_quant');
  t.teardown(() => session.close());
  t.true(session.inputs[0]?.data.every(byte => byte === 0));
});

test('tensors carry name, dtype, shape and quantization', async t => {
  const session = await openSession('split_concat');
  t.teardown(() => session.close());
  const {data, ...spec} = session.inputs[1] ?? t.fail();
  t.deepEqual(spec, {
    name: 'inputs/rnn1',
    dtype: 'uint8',
    shape: [1, 8, 8, 1],
    quantization: {scale: 0.0078125, zeroPoint: 128},
  });
  t.is(data.length, 64);
});

test('the engine says whether XNNPACK computes', async t => {
  const [fast, plain] = [
    await openSession('hello_world_int8'),
    await openSession('hello_world_int8', {xnnpack: false}),
  ];
  t.teardown(() => Promise.all([fast.close(), plain.close()]));
  t.is(fast.engine, 'tflite 2.21.0 + xnnpack');
  t.is(plain.engine, 'tflite 2.21.0');
});

test('a model that XNNPACK refuses at opening runs on the builtin kernels, and says so', async t => {
  const session = await openSession('dilated_conv', {}, '2.18.0');
  t.teardown(() => session.close());
  t.is(session.engine, 'tflite 2.18.0');
  t.regex(session.notes.join(), /^XNNPACK does not run this model; using the builtin kernels.*refused the model/);
});

/** The real addon, but runs of sessions that were opened with XNNPACK fail as XNNPACK fails. */
function addonWhoseXnnpackCannotRun(): NativeAddon {
  const addon = loadNative();
  const failing = new WeakSet<object>();
  return {
    ...addon,
    async sessionOpen(lane, library, options) {
      const session = await addon.sessionOpen(lane, library, options);
      if (options.xnnpack) failing.add(session);
      return session;
    },
    async laneSubmit(lane, job) {
      if (!job.session || !failing.has(job.session)) return addon.laneSubmit(lane, job);
      throw Object.assign(new Error('tflite: Node number 3 failed to invoke'), {code: 'XNNPACK'});
    },
  };
}

test('a model that XNNPACK cannot run moves to the builtin kernels, with the inputs as they were written', async t => {
  const session = await openSession('hello_world_float', {addon: addonWhoseXnnpackCannotRun()});
  t.teardown(() => session.close());
  const input = floats(session.inputs[0]?.data);
  input[0] = 1.5;
  await session.run();
  t.is(session.engine, 'tflite 2.21.0');
  t.regex(session.notes.join(), /Node number 3 failed to invoke/);
  input[0] = 4.5;
  await session.run();
  t.true(Math.abs((floats(session.outputs[0]?.data)[0] ?? 0) - Math.sin(4.5)) < 0.1);
});

test('an input that no kernels can run is an error, and the session stays with XNNPACK', async t => {
  const session = await openSession('movie_review');
  t.teardown(() => session.close());
  const words = session.inputs[0]?.data ?? new Uint8Array();
  words.fill(0x7f);
  await t.throwsAsync(session.run(), {
    instanceOf: RunError,
    message: /movie_review: tflite: gather index out of bounds/,
  });
  words.fill(0);
  await session.run();
  t.is(session.engine, 'tflite 2.21.0 + xnnpack');
  t.deepEqual(session.notes, []);
});

test('operators that the library lacks are named', async t => {
  const error = await t.throwsAsync(openSession('posenet_mobilenet_v1_075_353_481_16_quant_decoder'), {
    instanceOf: ModelUnsupportedError,
    message: /unresolved custom op: PosenetDecoderOp/,
  });
  t.is(error?.hint, 'Use a version of the model without PosenetDecoderOp, or a delegate that knows it.');
});

test('bytes that are no model are refused', async t => {
  const garbage = new Uint8Array(4096).fill(0xa5);
  await t.throwsAsync(openSession('garbage', {model: garbage}), {instanceOf: ModelUnsupportedError});
  await t.throwsAsync(openSession('empty', {model: new Uint8Array()}), {instanceOf: ModelUnsupportedError});
});

test('a model cut short is refused at every length', async t => {
  const model = modelBytes('hello_world_int8');
  for (let length = 64; length < model.length; length += 512) {
    await t.throwsAsync(openSession('cut', {model: model.subarray(0, length)}), {instanceOf: ModelUnsupportedError});
  }
});

test('a closed session has no memory and refuses to run; closing twice is fine', async t => {
  const session = await openSession('hello_world_float');
  const data = session.inputs[0]?.data;
  t.is(data?.length, 4);
  await Promise.all([session.close(), session.close()]);
  t.is(data?.length, 0);
  await t.throwsAsync(session.run(), {instanceOf: RunError, message: 'hello_world_float: the session is closed'});
  await t.throwsAsync(session.resize(0, [1, 1]), {instanceOf: RunError});
});

test('closing waits for the run under way', async t => {
  const session = await openSession('deeplabv3_mnv2_dm05_pascal_quant');
  const running = session.run();
  await session.close();
  t.true((await running).runMs > 0);
});

test('an input can be given another shape', async t => {
  const session = await openSession('hello_world_float', {xnnpack: false});
  t.teardown(() => session.close());
  const before = session.inputs[0]?.data;
  await session.resize(0, [3, 1]);
  t.is(before?.length, 0);
  t.deepEqual(session.inputs[0]?.shape, [3, 1]);
  floats(session.inputs[0]?.data).set([0.5, 1, 1.5]);
  await session.run();
  t.deepEqual(session.outputs[0]?.shape, [3, 1]);
  const sines = [...floats(session.outputs[0]?.data)];
  t.true(
    sines.every((sine, index) => Math.abs(sine - Math.sin(0.5 + index / 2)) < 0.1),
    sines.join(),
  );
});

test('outputs of a model with dynamic tensors are valid after each run', async t => {
  const session = await openSession('yamnet_audio_classifier_with_metadata', {xnnpack: false});
  t.teardown(() => session.close());
  const samples = floats(session.inputs[0]?.data);
  await session.run();
  const silence = session.outputs[0]?.data.slice();
  for (const index of samples.keys()) samples[index] = Math.sin(index / 3);
  await session.run();
  t.is(session.outputs[0]?.data.length, 521 * 4);
  t.notDeepEqual(session.outputs[0]?.data, silence);
});

test('a picture is fitted into its input before the run', async t => {
  const session = await openSession('vww_96_int8');
  t.teardown(() => session.close());
  const input = {
    width: 96,
    height: 96,
    layout: 'nhwc',
    colorOrder: 'rgb',
    fit: 'stretch',
    filter: 'nearest',
    padValue: 0,
    dtype: 'int8',
    multiply: [1, 1, 1],
    add: [-128, -128, -128],
  } as const;
  const data = new Uint8Array(2 * 2 * 3).fill(130);
  const report = await session.run({inputIndex: 0, data, format: 'rgb', width: 2, height: 2, input});
  t.is(report.geometry?.scaleX, 48);
  t.true(new Int8Array(session.inputs[0]?.data.buffer ?? new ArrayBuffer(0)).every(value => value === 2));
  const broken = {inputIndex: 0, data: data.subarray(1), format: 'rgb', width: 2, height: 2, input} as const;
  await t.throwsAsync(session.run(broken), {instanceOf: InputError});
  await t.notThrowsAsync(session.run());
});
