import test, {type ExecutionContext} from 'ava';
import {loadNative} from '../../../src/native/load.ts';
import {buildProgram} from '../../helpers/c-program.ts';
import {RawHost} from '../../helpers/raw-host.ts';

const sources = ['test/doubles/host-program-double.c', 'src/native/host/channel.c', 'src/native/host/shared_memory.c'];
const double = buildProgram(sources);
test.after.always(async () => (await double).remove());

const openFaults = [
  ...['opened protocol', 'opened kind', 'opened kind ran', 'opened inputs', 'opened outputs', 'opened both'],
  ...['opened memory size', 'opened memory size 0', 'opened memory huge', 'opened version'],
  ...['opened short', 'opened one byte', 'opened cut', 'opened long', 'opened flood', 'opening twice'],
  ...['memory missing', 'memory a pipe', 'memory a file', 'memory smaller', 'memory unsealed', 'memory read only'],
  ...['tensor type', 'tensor type 0', 'tensor rank', 'tensor rank below 0', 'tensor dim', 'tensor dim below 0'],
  ...['tensor product', 'tensor shape and size', 'tensor scale', 'tensor name', 'tensor size'],
  ...['tensor size near 2^64', 'tensor offset', 'tensor offset near 2^64', 'tensor offset unaligned'],
  ...['tensor in the header', 'failed code', 'failed text', 'failed number'],
];
const runFaults = [
  ...['ran number', 'ran kind', 'ran cut', 'ran with memory', 'ran fresh of none', 'ran fresh count'],
  ...['ran fresh size', 'ran fresh offset', 'ran fresh unknown', 'ran fresh memory', 'ran fresh no memory'],
];

async function start(t: ExecutionContext, fault: string) {
  const host = new RawHost((await double).program, [fault]);
  const addon = loadNative();
  const lane = addon.laneCreate('garbage');
  t.teardown(async () => {
    await addon.laneClose(lane);
    await host.stop();
  });
  return {addon, lane, host, open: () => host.open(lane, 'model', {timeoutMs: 5000})};
}

for (const fault of openFaults) {
  test(`an opening answered wrongly is refused: ${fault}`, async t => {
    const {addon, lane, host, open} = await start(t, fault);
    await t.throwsAsync(open(), {code: 'GARBAGE', message: 'its process answered garbage'});
    await addon.laneClose(lane);
    await host.stop();
  });
}

for (const fault of runFaults) {
  test(`a run answered wrongly is refused, and the session is lost: ${fault}`, async t => {
    const {addon, lane, host, open} = await start(t, fault);
    const {session} = await open();
    await t.throwsAsync(addon.laneSubmit(lane, {session, timeoutMs: 5000}), {code: 'GARBAGE'});
    await t.throwsAsync(addon.laneSubmit(lane, {session, timeoutMs: 5000}), {code: 'LOST'});
    t.is(addon.sessionTensors(session).inputs[0]?.buffer.byteLength, 16);
    await addon.sessionClose(session);
    await addon.laneClose(lane);
    await host.stop();
  });
}

test('an answer that comes twice spoils the next run', async t => {
  const {addon, lane, open} = await start(t, 'ran twice');
  const {session} = await open();
  await addon.laneSubmit(lane, {session, timeoutMs: 5000});
  await t.throwsAsync(addon.laneSubmit(lane, {session, timeoutMs: 5000}), {code: 'GARBAGE'});
});

test('times that cannot be are cut to what can', async t => {
  const {addon, lane, open} = await start(t, 'ran queue time');
  const {session} = await open();
  const {runMs, queueMs} = await addon.laneSubmit(lane, {session, timeoutMs: 5000});
  t.true(runMs >= 0 && queueMs >= 0 && runMs + queueMs < 5000);
});

test('a process whose clock lies is timed by ours', async t => {
  const {addon, lane, open} = await start(t, 'hang with a clock of its own');
  const {session} = await open();
  await t.throwsAsync(addon.laneSubmit(lane, {session, timeoutMs: 100}), {code: 'TIMEOUT'});
});

test('a process that ends in a run loses its session', async t => {
  const {addon, lane, host, open} = await start(t, 'exit');
  const {session} = await open();
  await t.throwsAsync(addon.laneSubmit(lane, {session, timeoutMs: 5000}), {
    code: 'LOST',
    message: 'its process ended during a run',
  });
  t.deepEqual(await host.exited, [7, null]);
  t.throws(() => host.connect(), {code: 'LOST', message: /its process has ended/});
});

test('without a fault the double is taken for the program', async t => {
  for (const fault of ['none', 'ran fresh']) {
    const {addon, lane, open} = await start(t, fault);
    const {session, version} = await open();
    t.is(version, 'double');
    t.is(addon.sessionTensors(session).dynamic, fault === 'ran fresh');
    await addon.laneSubmit(lane, {session, timeoutMs: 5000});
    t.is(addon.sessionTensors(session).outputs[0]?.buffer.byteLength, 16);
  }
});
