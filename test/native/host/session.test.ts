import {rm} from 'node:fs/promises';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {loadNative} from '../../../src/native/load.ts';
import {buildDouble} from '../../helpers/build-double.ts';
import {RawHost} from '../../helpers/raw-host.ts';

const library = buildDouble('tflite-double');
test.after.always(async () => rm(path.dirname(await library), {recursive: true}));

async function open(t: ExecutionContext, model: string) {
  const addon = loadNative();
  const lane = addon.laneCreate('session');
  const host = RawHost.tflite(await library);
  t.teardown(async () => {
    await addon.laneClose(lane);
    await host.stop();
  });
  return {addon, lane, host, ...(await host.open(lane, model))};
}

test('tensors carry name, type, shape and quantization, and the session says what computes', async t => {
  const {addon, session, version} = await open(t, 'bytes=4');
  t.is(version, 'tflite 2.0.0-double');
  const {dynamic, inputs, outputs} = addon.sessionTensors(session);
  t.false(dynamic);
  for (const [name, tensor] of [
    ['in', inputs[0]],
    ['out', outputs[0]],
  ] as const) {
    const {buffer, ...rest} = tensor ?? t.fail();
    t.deepEqual(rest, {name, type: 3, shape: [4], quantization: {scale: 0.5, zeroPoint: 3}});
    t.deepEqual([...new Uint8Array(buffer)], [0, 0, 0, 0]);
  }
});

test('what is written into the input is what the next run reads, and the output view follows', async t => {
  const {addon, lane, session} = await open(t, 'bytes=3');
  const {inputs, outputs} = addon.sessionTensors(session);
  const [input, output] = [new Uint8Array(inputs[0]!.buffer), new Uint8Array(outputs[0]!.buffer)];
  for (const values of [
    [1, 2, 3],
    [7, 8, 255],
  ]) {
    input.set(values);
    await addon.laneSubmit(lane, {session});
    t.deepEqual(
      [...output],
      values.map(value => (value + 1) % 256),
    );
  }
});

test('a picture is fitted straight into the shared input', async t => {
  const {addon, lane, session} = await open(t, 'bytes=3');
  const {inputs, outputs} = addon.sessionTensors(session);
  const input = {
    width: 1,
    height: 1,
    layout: 'nhwc',
    colorOrder: 'rgb',
    fit: 'stretch',
    filter: 'nearest',
    padValue: 0,
    dtype: 'uint8',
    multiply: [1, 1, 1],
    add: [0, 0, 0],
  } as const;
  const data = Uint8Array.of(10, 20, 30);
  const picture = {data, format: 'rgb', width: 1, height: 1, input, target: inputs[0]!.buffer} as const;
  const report = await addon.laneSubmit(lane, {session, picture});
  t.deepEqual([...new Uint8Array(outputs[0]!.buffer)], [11, 21, 31]);
  t.is(report.geometry?.sourceWidth, 1);
});

test('outputs whose size a run decides are fresh after every run', async t => {
  const {addon, lane, session} = await open(t, 'bytes=2 dynamic=1 outputs=2');
  const before = addon.sessionTensors(session);
  t.true(before.dynamic);
  t.is(before.outputs[0]?.buffer.byteLength, 0);
  const input = new Uint8Array(before.inputs[0]!.buffer);
  let last = new Uint8Array();
  for (const size of [5, 0, 200, 1]) {
    input[0] = size;
    const kept = last.slice();
    await addon.laneSubmit(lane, {session});
    t.deepEqual(last, kept, 'what was given stays');
    const {outputs} = addon.sessionTensors(session);
    t.deepEqual(
      outputs.map(({shape}) => [...shape]),
      [[size], [size]],
    );
    last = new Uint8Array(outputs[1]!.buffer);
    t.is(last.length, size);
    t.true(last.every((value, index) => value === ((index % 2 === 0 ? size : 0) + 1) % 256));
  }
});

test('empty inputs and outputs are no trouble', async t => {
  const {addon, lane, session} = await open(t, 'bytes=0');
  await addon.laneSubmit(lane, {session});
  const {inputs, outputs} = addon.sessionTensors(session);
  t.deepEqual([inputs[0]?.buffer.byteLength, outputs[0]?.buffer.byteLength], [0, 0]);
  t.deepEqual([...outputs[0]!.shape], [0]);
});

test('more tensors than a message takes are refused in words', async t => {
  const {addon, lane, host, session} = await open(t, 'outputs=255');
  await addon.laneSubmit(lane, {session});
  t.is(addon.sessionTensors(session).outputs.length, 255);
  await t.throwsAsync(host.open(lane, 'outputs=256'), {code: 'MODEL', message: /257 inputs and outputs; 256 at most/});
  await t.throwsAsync(host.open(lane, 'bytes=5000000 outputs=250'), {
    code: 'MODEL',
    message: /more than 1073741824 bytes/,
  });
});

test('an empty model is refused', async t => {
  const {lane, host} = await open(t, 'double');
  await t.throwsAsync(host.open(lane, new Uint8Array()), {code: 'MODEL', message: 'the model did not arrive'});
});

test('a run may have a due time, which may be over', async t => {
  const {addon, lane, session} = await open(t, 'double');
  for (const dueNs of [process.hrtime.bigint() + 1_000_000_000n, 1n, 0n, -5n]) {
    const {queueMs} = await addon.laneSubmit(lane, {session, dueNs});
    t.true(queueMs >= 0);
  }
  const misuse = addon as unknown as Record<string, (...values: unknown[]) => unknown>;
  t.throws(() => misuse.laneSubmit?.(lane, {session, dueNs: 5}), {instanceOf: TypeError, message: /dueNs.*bigint/});
});

test('a hosted session cannot be resized, and is closed like any other', async t => {
  const {addon, lane, session} = await open(t, 'double');
  const {inputs} = addon.sessionTensors(session);
  t.throws(() => addon.sessionResize(session, 0, [3]), {code: 'ALLOCATE', message: /cannot be resized/});
  const run = addon.laneSubmit(lane, {session});
  await addon.sessionClose(session);
  await t.notThrowsAsync(run);
  await addon.sessionClose(session);
  t.is(inputs[0]?.buffer.byteLength, 0);
  await t.throwsAsync(addon.laneSubmit(lane, {session}), {code: 'CLOSED'});
});

test('wrong arguments are refused, and numbers that are no sockets count as a process that has ended', async t => {
  const {addon, lane, host} = await open(t, 'double');
  const misuse = addon as unknown as Record<string, (...values: unknown[]) => unknown>;
  t.throws(() => misuse.hostConnect?.('3'), {instanceOf: TypeError});
  t.throws(() => addon.hostConnect(0), {code: 'LOST'});
  t.throws(() => addon.hostConnect(-1), {code: 'LOST'});
  t.throws(() => misuse.hostedOpen?.(lane, 0, {}), {code: 'LOST'});
  const connection = host.connect();
  t.throws(() => misuse.hostedOpen?.(lane, connection, {model: 'text'}), {instanceOf: TypeError});
  t.throws(
    () => misuse.hostedOpen?.(lane, connection, {model: new Uint8Array(1), share: 1, timeoutMs: 1, options: [['a']]}),
    {instanceOf: TypeError},
  );
  addon.hostClose(connection);
  await addon.laneClose(lane);
  const late = host.connect();
  await t.throwsAsync(
    addon.hostedOpen(lane, late, {model: new Uint8Array(1), options: [], share: 1, timeoutMs: 1000}),
    {code: 'CLOSED'},
  );
  t.throws(() => addon.hostClose(late), {code: 'LOST'}, 'it was taken over, and closed');
});
