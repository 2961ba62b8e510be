import test from 'ava';
import {loadNative} from '../../src/native/load.ts';
import {openRaw} from '../helpers/native-session.ts';

test('the same memory is the same ArrayBuffer', async t => {
  const {addon, session} = await openRaw('split_concat');
  const [first, second] = [addon.sessionTensors(session), addon.sessionTensors(session)];
  for (const [index, {buffer}] of first.inputs.entries()) t.is(second.inputs[index]?.buffer, buffer);
  await addon.sessionClose(session);
  t.is(first.inputs[0]?.buffer.byteLength, 0);
});

test('work for a closed session or lane is refused with code CLOSED', async t => {
  const {addon, library, lane, session, options} = await openRaw('hello_world_float');
  await addon.sessionClose(session);
  await addon.sessionClose(session);
  await t.throwsAsync(addon.laneSubmit(lane, {session}), {code: 'CLOSED'});
  await t.throwsAsync(addon.sessionResize(session, 0, [1, 1]), {code: 'CLOSED'});
  t.throws(() => addon.sessionTensors(session), {code: 'CLOSED'});
  await addon.laneClose(lane);
  await addon.laneClose(lane);
  await t.throwsAsync(addon.sessionOpen(lane, library, options), {code: 'CLOSED'});
});

test('a lane does its queued jobs, in order, before it closes', async t => {
  const {addon, lane, session} = await openRaw('hello_world_float');
  const order: number[] = [];
  const jobs = [1, 2, 3, 4, 5].map(async number => {
    await addon.laneSubmit(lane, {session});
    order.push(number);
  });
  await addon.laneClose(lane);
  t.deepEqual(order, [1, 2, 3, 4, 5]);
  await Promise.all(jobs);
  await t.notThrowsAsync(addon.sessionClose(session));
});

test('a session closed while its runs are queued still does them', async t => {
  const {addon, lane, session} = await openRaw('mobilenet_v1_0.25_128_quant');
  const {inputs} = addon.sessionTensors(session);
  const runs = [addon.laneSubmit(lane, {session}), addon.laneSubmit(lane, {session})];
  const closed = addon.sessionClose(session);
  t.is(inputs[0]?.buffer.byteLength, 0);
  t.is((await Promise.all(runs)).length, 2);
  await closed;
});

test('a picture job may write into the memory of a session that is closed meanwhile', async t => {
  const {addon, session, lane} = await openRaw('vww_96_int8');
  const other = addon.laneCreate('other');
  const target = addon.sessionTensors(session).inputs[0]?.buffer ?? t.fail();
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
    add: [0, 0, 0],
  } as const;
  const data = new Uint8Array(1280 * 720 * 3);
  const picture = {data, format: 'rgb', width: 1280, height: 720, input, target} as const;
  const prepared = addon.laneSubmit(other, {picture});
  await Promise.all([addon.sessionClose(session), addon.laneClose(lane)]);
  t.is((await prepared).geometry?.sourceWidth, 1280);
  t.throws(() => addon.laneSubmit(other, {picture}), {instanceOf: TypeError});
});

test('handles of another kind, and values that are none, are refused', async t => {
  const {addon, lane, library, session} = await openRaw('hello_world_float');
  const misuse = addon as unknown as Record<string, (...values: unknown[]) => unknown>;
  t.throws(() => misuse.sessionTensors?.(lane), {instanceOf: TypeError, message: 'native: expected a session'});
  t.throws(() => misuse.laneClose?.({}), {instanceOf: TypeError, message: 'native: expected a lane'});
  t.throws(() => misuse.sessionOpen?.(lane, library, {}), {instanceOf: TypeError});
  t.throws(() => misuse.sessionOpen?.(lane, session, {}), {instanceOf: TypeError});
  t.throws(() => misuse.laneSubmit?.(lane, {}), {instanceOf: TypeError});
  t.throws(() => misuse.laneSubmit?.(lane), {instanceOf: TypeError});
  t.throws(() => misuse.sessionResize?.(session, 5, [1]), {instanceOf: TypeError, message: 'native: no input 5'});
  t.throws(() => misuse.sessionResize?.(session, 0, [-1]), {instanceOf: TypeError});
  t.throws(() => misuse.tfliteOpen?.(5), {instanceOf: TypeError});
  await addon.sessionClose(session);
});

test('a file that is no TFLite library is refused with code LIBRARY', t => {
  const addon = loadNative();
  t.throws(() => addon.tfliteOpen('/nowhere/libtensorflowlite_c.so'), {code: 'LIBRARY', message: /No such file/});
  t.throws(() => addon.tfliteOpen('libm.so.6'), {code: 'LIBRARY', message: /no symbol TfLiteVersion/});
  t.throws(() => addon.jpegOpen('/nowhere/libturbojpeg.so'), {code: 'LIBRARY', message: /No such file/});
});

test('a delegate library that is none is refused with code DELEGATE', async t => {
  const {addon, lane, library, options} = await openRaw('hello_world_float');
  const withDelegate = (path: string) =>
    addon.sessionOpen(lane, library, {...options, delegates: [{path, options: []}]});
  await t.throwsAsync(withDelegate('/nowhere/libedgetpu.so.1'), {code: 'DELEGATE', message: /No such file/});
  await t.throwsAsync(withDelegate('libm.so.6'), {code: 'DELEGATE', message: /tflite_plugin_create_delegate/});
});
