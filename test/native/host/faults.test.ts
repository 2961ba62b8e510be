import {mkdtemp, rename, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {loadNative} from '../../../src/native/load.ts';
import {buildDouble} from '../../helpers/build-double.ts';
import {RawHost} from '../../helpers/raw-host.ts';

const library = buildDouble('tflite-double');
test.after.always(async () => rm(path.dirname(await library), {recursive: true}));

/** The real program with the double of TFLite, and a file that tells the double its faults. */
async function start(t: ExecutionContext, faults = '') {
  const folder = await mkdtemp(path.join(tmpdir(), 'dunlin-faults-'));
  const control = path.join(folder, 'control');
  await writeFile(control, faults);
  const host = RawHost.tflite(await library, {DUNLIN_DOUBLE_CONTROL: control});
  const addon = loadNative();
  const lane = addon.laneCreate('faults');
  t.teardown(async () => {
    await host.stop();
    await addon.laneClose(lane);
    await rm(folder, {recursive: true});
  });
  return {
    addon,
    lane,
    host,
    open: (model = 'double', options = {}) => host.open(lane, model, options),
    async setFaults(text: string) {
      await writeFile(`${control}.new`, text);
      await rename(`${control}.new`, control);
    },
  };
}

test('a library that crashes in a run loses the session, and the process shows the signal', async t => {
  const {addon, lane, host, open, setFaults} = await start(t);
  const {session} = await open();
  await addon.laneSubmit(lane, {session});
  await setFaults('crash=run');
  await t.throwsAsync(addon.laneSubmit(lane, {session}), {code: 'LOST', message: 'its process ended during a run'});
  t.deepEqual(await host.exited, [null, 'SIGSEGV']);
});

test('a process that is killed in a run loses its session at once, and so do all that wait', async t => {
  const {addon, lane, host, open, setFaults} = await start(t);
  const {session} = await open();
  const second = addon.laneCreate('second');
  const waiting = await host.open(second, 'double');
  await setFaults('hang=run');
  const runs = [
    addon.laneSubmit(lane, {session, timeoutMs: 60_000}),
    addon.laneSubmit(second, {session: waiting.session, timeoutMs: 60_000}),
  ];
  host.child.kill('SIGKILL');
  for (const run of runs) await t.throwsAsync(run, {code: 'LOST'});
  await addon.laneClose(second);
});

test('a library that hangs in a run is given up after the timeout, and not before', async t => {
  const {addon, lane, open, setFaults} = await start(t);
  const {session} = await open('runMs=150');
  await addon.laneSubmit(lane, {session, timeoutMs: 100_000});
  await setFaults('hang=run');
  const startedAt = performance.now();
  await t.throwsAsync(addon.laneSubmit(lane, {session, timeoutMs: 120}), {
    code: 'TIMEOUT',
    message: 'no answer within 120 ms on the device',
  });
  t.true(performance.now() - startedAt >= 120);
  await t.throwsAsync(addon.laneSubmit(lane, {session}), {code: 'LOST', message: 'the device was lost before'});
});

test('a stopped process is given up after the timeout for the queue or the run', async t => {
  const {addon, lane, host, open, setFaults} = await start(t);
  const {session} = await open();
  await setFaults('hang=run');
  const run = addon.laneSubmit(lane, {session, timeoutMs: 100});
  await t.throwsAsync(run, {code: 'TIMEOUT'});
  host.child.kill('SIGSTOP');
  await t.throwsAsync(addon.laneSubmit(lane, {session}), {code: 'LOST'});
  await addon.sessionClose(session); // waits for nobody
});

test('time in the queue is no hang', async t => {
  const {addon, lane, host, open} = await start(t);
  const slow = await open('runMs=300');
  const other = addon.laneCreate('other');
  const quick = await host.open(other, 'double');
  const first = addon.laneSubmit(lane, {session: slow.session, timeoutMs: 5000});
  const {queueMs, runMs} = await addon.laneSubmit(other, {session: quick.session, timeoutMs: 250});
  t.true(runMs < 250, `${runMs} ms`);
  t.true(queueMs < 5000);
  await first;
  await addon.laneClose(other);
});

test('a library that hangs while it opens a model is given up', async t => {
  const {open} = await start(t, 'hang=open');
  await t.throwsAsync(open('double', {timeoutMs: 100}), {
    code: 'TIMEOUT',
    message: 'the model was not opened in time',
  });
});

test('a library that crashes while it opens a model ends the process', async t => {
  const {host, open} = await start(t, 'crash=open');
  await t.throwsAsync(open(), {code: 'LOST', message: 'its process ended'});
  t.deepEqual(await host.exited, [null, 'SIGSEGV']);
});

test('a session closes at once while the library hangs in its end', async t => {
  const {addon, lane, host, open, setFaults} = await start(t);
  const {session} = await open();
  await setFaults('hang=close');
  await addon.sessionClose(session);
  await addon.laneClose(lane);
  host.release();
  t.deepEqual(await host.exited, [0, null]);
});

test('a run that fails leaves the session usable', async t => {
  const {addon, lane, open, setFaults} = await start(t);
  const {session} = await open();
  await setFaults('fail=run');
  await t.throwsAsync(addon.laneSubmit(lane, {session}), {code: 'RUN', message: /gave no reason/});
  await setFaults('');
  await t.notThrowsAsync(addon.laneSubmit(lane, {session}));
});

test('a model that the library refuses is an error of the model, and the process stays', async t => {
  const {addon, lane, open, setFaults} = await start(t, 'fail=open');
  await t.throwsAsync(open(), {code: 'MODEL', message: /does not take these 6 bytes as a model/});
  await setFaults('');
  const {session} = await open();
  await t.notThrowsAsync(addon.laneSubmit(lane, {session}));
});

test('a library that cannot be opened is told to whoever asks, and ends the process', async t => {
  const host = RawHost.tflite('/nowhere/libtensorflowlite_c.so');
  const addon = loadNative();
  const lane = addon.laneCreate('missing');
  await t.throwsAsync(host.open(lane, 'double'), {code: 'DELEGATE', message: /nowhere.*No such file/});
  t.deepEqual(await host.exited, [69, null]);
  t.regex(host.printed, /^dunlin-host: .*No such file/);
  await addon.laneClose(lane);
  await host.stop();
});
