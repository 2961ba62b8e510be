import test from 'ava';
import {
  ConfigError,
  DelegateUnavailableError,
  DeviceLostError,
  InputError,
  ModelUnsupportedError,
  RunError,
  UsageError,
} from '../../src/error/errors.ts';
import type {Model} from '../../src/model/model.ts';
import {FakeClock, settle} from './fake-clock.ts';
import {keep, ScriptedDelegate, someModel} from './scripted.ts';

const lost = (cause?: unknown) =>
  new DeviceLostError('tpu 0: the connection was closed', 'Look at the cable.', {cause});
const unavailable = () => new DelegateUnavailableError('tpu 0: claimed elsewhere', 'Stop the other program.');
const fail = (error: () => Error) => () => {
  throw error();
};
const nothing = () => {};
const never = () => new Promise(() => {});

/** Steps that take effect one after the other; the last one stays. */
function once(script: () => unknown): () => unknown {
  let done = false;
  return () => {
    if (done) return undefined;
    done = true;
    return script();
  };
}

function pair() {
  return {tpu: new ScriptedDelegate('tpu'), cpu: new ScriptedDelegate('cpu', 'in-process')};
}

test('the first place of the order that works gets the frames', async t => {
  const {tpu, cpu} = pair();
  const {keeper, place} = await keep([tpu, cpu]);
  t.is(await place(), 'tpu');
  t.is(keeper.placement.why, 'first of tpu, cpu');
  t.is(keeper.failover, undefined);
  await keeper.close();
});

test('the last place is kept open and warm beside the first', async t => {
  const {tpu, cpu} = pair();
  const {keeper} = await keep([tpu, cpu]);
  await settle();
  t.is(cpu.sessions[0]?.warmUps, 1);
  await keeper.close();
});

test('a frame whose device is lost runs on the next delegate', async t => {
  const {tpu, cpu} = pair();
  const {keeper, place} = await keep([tpu, cpu]);
  await settle();
  await place();
  tpu.onRun = fail(lost);
  t.is(await place(), 'cpu');
  t.deepEqual([tpu.sessions[0]?.frames, cpu.sessions[0]?.frames], [[1], [2]]);
  await keeper.close();
});

test('a lost device is closed, and its closing is not waited for', async t => {
  const {tpu, cpu} = pair();
  const {keeper, place} = await keep([tpu, cpu]);
  await settle();
  tpu.onRun = fail(lost);
  let finish = nothing;
  tpu.onClose = once(() => new Promise<void>(resolve => (finish = resolve)));
  t.is(await place(), 'cpu');
  t.true(tpu.sessions[0]?.closed);
  finish();
  await keeper.close();
});

test('a lost device is tried again after 250 ms, warmed up three times, and taken back between two frames', async t => {
  const {tpu, cpu} = pair();
  const {keeper, clock, place} = await keep([tpu, cpu]);
  await settle();
  tpu.onRun = once(fail(lost));
  t.is(await place(), 'cpu');
  await clock.advance(249);
  t.is(tpu.opens, 1);
  t.is(await place(), 'cpu');
  await clock.advance(1);
  t.is(tpu.sessions[1]?.warmUps, 3);
  t.is(await place(), 'tpu');
  t.is(keeper.failover?.count, 2);
  await keeper.close();
});

test('inputs are zero after the warm-up', async t => {
  const {tpu} = pair();
  const {keeper} = await keep([tpu]);
  t.deepEqual(tpu.sessions[0]?.inputs[0]?.data, new Uint8Array([0]));
  await keeper.close();
});

test('a device that comes back and fails its warm-up waits twice as long', async t => {
  const {tpu, cpu} = pair();
  const {keeper, clock, place} = await keep([tpu, cpu]);
  await settle();
  tpu.onRun = once(fail(lost));
  tpu.onWarmUp = once(fail(lost));
  await place();
  await clock.advance(250);
  t.is(await place(), 'cpu');
  t.is(tpu.openSessions, 0);
  await clock.advance(499);
  t.is(tpu.opens, 2);
  await clock.advance(1);
  t.is(await place(), 'tpu');
  await keeper.close();
});

test('a device without numbers in its outputs is not taken', async t => {
  const {tpu, cpu} = pair();
  const {keeper, clock, place} = await keep([tpu, cpu]);
  await settle();
  tpu.onRun = once(fail(lost));
  await place();
  tpu.onOpen = () => {
    tpu.onWarmUp = fail(() => new RunError('warm-up: output "out" holds no number', 'Check it.'));
  };
  await clock.advance(250);
  t.is(await place(), 'cpu');
  t.regex(keeper.placement.rejected[0]?.reason ?? '', /holds no number/);
  await keeper.close();
});

test('a device that is lost again and again waits longer each time, up to 30 s', async t => {
  const {tpu, cpu} = pair();
  const {keeper, clock, place} = await keep([tpu, cpu]);
  await settle();
  tpu.onRun = fail(lost);
  const waits: number[] = [];
  for (let round = 0; round < 9; round++) {
    t.is(await place(), 'cpu');
    const from = clock.nowMs;
    const {opens} = tpu;
    while (tpu.opens === opens) await clock.advance(250);
    waits.push(clock.nowMs - from);
  }
  t.deepEqual(waits, [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  await keeper.close();
});

test('a device that worked for a minute is tried again after the first wait', async t => {
  const {tpu, cpu} = pair();
  const {keeper, clock, place} = await keep([tpu, cpu]);
  await settle();
  for (let round = 0; round < 3; round++) {
    tpu.onRun = once(fail(lost));
    t.is(await place(), 'cpu');
    await clock.advance(250);
    t.is(await place(), 'tpu');
    await clock.advance(60_000);
  }
  await keeper.close();
});

test('hardware that nobody expects here is not missed, and taken when it appears', async t => {
  const {tpu, cpu} = pair();
  tpu.devices = [];
  const {keeper, clock, place} = await keep([tpu, cpu], {optional: ['tpu']});
  t.is(await place(), 'cpu');
  t.deepEqual(keeper.placement.rejected, []);
  t.is(keeper.placement.why, 'the only delegate asked for');
  tpu.devices = [{id: '0', name: 'scripted'}];
  await clock.advance(60_000);
  await settle();
  t.is(await place(), 'tpu');
  tpu.devices = [];
  tpu.onRun = once(fail(lost));
  t.is(await place(), 'cpu');
  t.is(keeper.placement.rejected.length, 1);
  await keeper.close();
});

test('closing ends although a better place is being tried, without an abort before', async t => {
  const {tpu, cpu} = pair();
  tpu.devices = [];
  const {keeper, clock, place} = await keep([tpu, cpu]);
  t.is(await place(), 'cpu');
  let probed = () => {};
  let answer = () => {};
  const isProbed = new Promise<void>(resolve => {
    probed = resolve;
  });
  tpu.onProbe = () => {
    probed();
    return new Promise<void>(resolve => {
      answer = resolve;
    });
  };
  const advancing = clock.advance(60_000);
  await isProbed;
  const closing = keeper.close();
  answer();
  await closing;
  await advancing;
  t.is(tpu.openSessions + cpu.openSessions, 0);
});

test('a model that the only hardware here refuses is refused, whatever else could be plugged in', async t => {
  const {tpu, cpu} = pair();
  tpu.devices = [];
  cpu.unsupported = 'operator FOO is unknown';
  await t.throwsAsync(keep([tpu, cpu], {optional: ['tpu']}), {instanceOf: ModelUnsupportedError});
});

test('an absent device that is plugged in later gets the frames', async t => {
  const {tpu, cpu} = pair();
  const {devices} = tpu;
  tpu.devices = [];
  const {keeper, clock, place} = await keep([tpu, cpu]);
  t.is(await place(), 'cpu');
  t.deepEqual(keeper.placement.rejected, [{delegate: 'tpu', reason: 'no tpu is plugged in', remedy: 'Plug it in.'}]);
  await clock.advance(60_000);
  t.is(await place(), 'cpu');
  tpu.devices = devices;
  await clock.advance(30_000);
  t.is(await place(), 'tpu');
  t.deepEqual(keeper.placement.rejected, []);
  t.like(keeper.failover?.last, {from: 'cpu 0', to: 'tpu 0', cause: 'tpu 0 has become available'});
  await keeper.close();
});

test('a device with a problem is not opened, and says what would help', async t => {
  const {tpu, cpu} = pair();
  tpu.devices = [{id: '0', name: 'scripted', problem: {reason: 'no permission', remedy: 'Add a udev rule.'}}];
  const {keeper, place} = await keep([tpu, cpu]);
  t.is(await place(), 'cpu');
  t.is(tpu.opens, 0);
  t.deepEqual(keeper.placement.rejected, [
    {delegate: 'tpu', device: '0', reason: 'no permission', remedy: 'Add a udev rule.'},
  ]);
  await keeper.close();
});

test('a place that refuses the model itself is not tried again', async t => {
  const {tpu, cpu} = pair();
  tpu.unsupported = 'not compiled for it';
  const {keeper, clock, place} = await keep([tpu, cpu]);
  await clock.advance(600_000);
  t.is(await place(), 'cpu');
  t.is(tpu.probes, 1);
  await keeper.close();
});

test('an engine that is still being built is asked for again beside the frames', async t => {
  const {tpu, cpu} = pair();
  tpu.onOpen = fail(() => new DelegateUnavailableError('tpu: its engine is being built, 40 %', 'Wait.'));
  const {keeper, clock, place} = await keep([tpu, cpu]);
  t.is(await place(), 'cpu');
  await clock.advance(5000);
  t.is(await place(), 'cpu');
  tpu.onOpen = nothing;
  await clock.advance(30_000);
  t.is(await place(), 'tpu');
  await keeper.close();
});

test('a delegate that hangs while it is opened at the start holds the pipeline up for five seconds at most', async t => {
  const {tpu, cpu} = pair();
  let open = nothing;
  tpu.onOpen = () => new Promise<void>(resolve => (open = resolve));
  const clock = new FakeClock();
  const starting = keep([tpu, cpu], {clock});
  await clock.advance(5000);
  const {keeper, place} = await starting;
  t.is(await place(), 'cpu');
  open();
  await settle();
  t.is(await place(), 'tpu');
  await keeper.close();
});

test('the last delegate of the order has all the time that it needs to open', async t => {
  const {cpu} = pair();
  let open = nothing;
  cpu.onOpen = () => new Promise<void>(resolve => (open = resolve));
  const clock = new FakeClock();
  const starting = keep([cpu], {clock});
  await clock.advance(60_000);
  open();
  const {keeper, place} = await starting;
  t.is(await place(), 'cpu');
  await keeper.close();
});

test('options that are wrong end the pipeline, and so does a delegate that is not there', async t => {
  const {tpu, cpu} = pair();
  await t.throwsAsync(keep([tpu, cpu], {order: ['typo', 'cpu']}), {instanceOf: UsageError});
  tpu.onProbe = fail(() => new ConfigError('delegates.tpu.x: unknown', 'Remove it.'));
  await t.throwsAsync(keep([tpu, cpu]), {instanceOf: ConfigError});
  t.is(tpu.openSessions + cpu.openSessions, 0);
});

test('an opening that hangs holds no frame up', async t => {
  const {tpu, cpu} = pair();
  const {keeper, clock, place} = await keep([tpu, cpu]);
  await settle();
  tpu.onRun = once(fail(lost));
  let open = nothing;
  tpu.onOpen = () => new Promise<void>(resolve => (open = resolve));
  await place();
  await clock.advance(60_000);
  t.is(await place(), 'cpu');
  open();
  await settle();
  t.is(await place(), 'tpu');
  await keeper.close();
});

test('three runs in a row that fail make the next delegate take the frame', async t => {
  const {tpu, cpu} = pair();
  const {keeper, place} = await keep([tpu, cpu]);
  await settle();
  let runs = 0;
  tpu.onRun = () => {
    runs++;
    throw new RunError('tpu 0: bad', 'Try.');
  };
  t.is(await place(), 'cpu');
  t.is(runs, 3);
  t.is(keeper.failover?.last.cause, 'tpu 0: bad');
  await keeper.close();
});

test('a single run that fails is made again on the same delegate', async t => {
  const {tpu, cpu} = pair();
  const {keeper, place} = await keep([tpu, cpu]);
  await settle();
  for (let frame = 0; frame < 5; frame++) {
    tpu.onRun = once(fail(() => new RunError('tpu 0: bad', 'Try.')));
    t.is(await place(), 'tpu');
  }
  t.is(keeper.failover, undefined);
  await keeper.close();
});

test('a frame that no delegate can run is refused, and the next one runs', async t => {
  const {tpu, cpu} = pair();
  const {keeper, frame, place} = await keep([tpu, cpu]);
  await settle();
  const bad = fail(() => new RunError('bad frame', 'Try.'));
  tpu.onRun = bad;
  cpu.onRun = bad;
  const refused = frame();
  await t.throwsAsync(refused, {instanceOf: RunError});
  tpu.onRun = nothing;
  cpu.onRun = nothing;
  t.truthy(await place());
  await keeper.close();
});

test('a picture that cannot be decoded changes nothing', async t => {
  const {tpu, cpu} = pair();
  const {keeper, frame, place} = await keep([tpu, cpu]);
  tpu.onRun = fail(() => new InputError('not a picture', 'Send pictures.'));
  await t.throwsAsync(frame(), {instanceOf: InputError});
  tpu.onRun = nothing;
  t.is(await place(), 'tpu');
  t.is(keeper.failover, undefined);
  await keeper.close();
});

test('a run that hangs is given to the next delegate after half a second, and its frame is held', async t => {
  const {tpu, cpu} = pair();
  const {keeper, clock, frame} = await keep([tpu, cpu]);
  await settle();
  tpu.onRun = once(never);
  const ran = frame();
  await clock.advance(499);
  t.deepEqual(cpu.sessions[0]?.frames, []);
  await clock.advance(1);
  t.like(await ran, {opened: {delegate: 'cpu'}, held: true});
  t.like(keeper.failover?.last, {cause: 'tpu 0: no answer within 500 ms', gapMs: 500});
  await keeper.close();
});

test('a device that is slow by nature is not taken for a hung one', async t => {
  const {tpu, cpu} = pair();
  const slow = () => clock.advance(400);
  tpu.onWarmUp = () => slow();
  const clock = new FakeClock();
  const {keeper, frame} = await keep([tpu, cpu], {clock});
  await settle();
  let answer = nothing;
  tpu.onRun = () => new Promise<void>(resolve => (answer = resolve));
  const ran = frame();
  await clock.advance(1100);
  answer();
  t.like(await ran, {opened: {delegate: 'tpu'}, held: false});
  await keeper.close();
});

test('a hung run is waited for when there is nowhere else to go', async t => {
  const {tpu} = pair();
  const {keeper, clock, frame} = await keep([tpu]);
  let answer = nothing;
  tpu.onRun = () => new Promise<void>(resolve => (answer = resolve));
  const ran = frame();
  await clock.advance(5000);
  answer();
  t.like(await ran, {opened: {delegate: 'tpu'}});
  await keeper.close();
});

test('a standby that dies unseen costs no frame either', async t => {
  const {tpu, cpu} = pair();
  const server = new ScriptedDelegate('server', 'remote');
  const {keeper, place} = await keep([tpu, server, cpu]);
  await settle();
  tpu.onRun = fail(lost);
  server.onRun = fail(() => new DeviceLostError('server: went away', 'Start it.'));
  t.is(await place(), 'cpu');
  t.deepEqual(cpu.sessions[0]?.frames, [1]);
  t.is(keeper.failover?.last.from, 'tpu 0');
  await keeper.close();
});

test('the place between the one in use and the last is a standby too, and the rest stays closed', async t => {
  const names = ['a', 'b', 'c', 'd'].map(id => new ScriptedDelegate(id));
  const {keeper} = await keep(names);
  await settle();
  t.deepEqual(
    names.map(({opens}) => opens),
    [1, 1, 0, 1],
  );
  await keeper.close();
});

test('without memory for a standby, the next delegate is opened when it is needed', async t => {
  const {tpu, cpu} = pair();
  const {keeper, place} = await keep([tpu, cpu], {memoryBytes: 2 ** 20});
  await settle();
  t.is(cpu.opens, 0);
  tpu.onRun = fail(lost);
  t.is(await place(), 'cpu');
  await keeper.close();
});

test('standbys can be switched off', async t => {
  const {tpu, cpu} = pair();
  const {keeper} = await keep([tpu, cpu], {policy: {standby: false}});
  await settle();
  t.is(cpu.opens, 0);
  await keeper.close();
});

test('a standby that refuses the model is passed over', async t => {
  const {tpu, cpu} = pair();
  const other = new ScriptedDelegate('other');
  other.unsupported = 'of another kind';
  const {keeper, place} = await keep([tpu, other, cpu]);
  await settle();
  tpu.onRun = fail(lost);
  t.is(await place(), 'cpu');
  t.is(other.opens, 0);
  await keeper.close();
});

test('while no place works the frame waits, and the first that comes back runs it', async t => {
  const {tpu, cpu} = pair();
  const {keeper, clock, frame} = await keep([tpu, cpu]);
  await settle();
  for (const delegate of [tpu, cpu]) {
    delegate.onRun = fail(lost);
    delegate.onOpen = fail(unavailable);
  }
  const ran = frame();
  await clock.advance(10_000);
  t.regex(keeper.stranded ?? '', /no delegate works.*claimed elsewhere/);
  cpu.onRun = nothing;
  cpu.onOpen = nothing;
  await clock.advance(30_000);
  t.like(await ran, {opened: {delegate: 'cpu'}});
  t.is(keeper.stranded, undefined);
  t.deepEqual(cpu.sessions.at(-1)?.frames, [1]);
  await keeper.close();
});

test('the only delegate of a pipeline is opened again at once when it is lost', async t => {
  const {tpu} = pair();
  const {keeper, place} = await keep([tpu]);
  tpu.onRun = once(fail(lost));
  t.is(await place(), 'tpu');
  t.like(keeper.failover, {count: 1, last: {from: 'tpu 0', to: 'tpu 0'}});
  await keeper.close();
});

test('stopping ends the wait of a frame that no place can run', async t => {
  const {tpu} = pair();
  const {keeper, clock, frame, stop} = await keep([tpu]);
  tpu.onRun = fail(lost);
  tpu.onOpen = fail(unavailable);
  const ran = frame();
  await clock.advance(5000);
  stop.abort();
  t.is(await ran, undefined);
  await keeper.close();
  t.is(tpu.openSessions, 0);
});

test('closing while a device is being opened closes what comes of it', async t => {
  const {tpu, cpu} = pair();
  let open = nothing;
  cpu.onOpen = () => new Promise<void>(resolve => (open = resolve));
  const {keeper} = await keep([tpu, cpu]);
  await settle();
  const closing = keeper.close();
  open();
  await closing;
  t.deepEqual([tpu.openSessions, cpu.openSessions], [0, 0]);
});

test('closing twice does no harm and leaves no timer', async t => {
  const {tpu, cpu} = pair();
  tpu.onOpen = fail(unavailable);
  const {keeper, clock, place} = await keep([tpu, cpu]);
  await place();
  await keeper.close();
  await keeper.close();
  t.is(clock.waiting, 0);
});

test('a session that fails to close is only logged', async t => {
  const {tpu, cpu} = pair();
  const {keeper, log, place} = await keep([tpu, cpu]);
  await settle();
  tpu.onRun = once(fail(lost));
  tpu.onClose = fail(() => new Error('stuck'));
  t.is(await place(), 'cpu');
  await log.until(({message}) => message === 'a session could not be closed');
  await keeper.close();
});

test('a second device of the same delegate takes over when the first is lost', async t => {
  const {tpu, cpu} = pair();
  tpu.devices = [0, 1].map(id => ({id: `${id}`, name: 'scripted'}));
  const {keeper, clock, frame} = await keep([tpu, cpu]);
  await settle();
  tpu.onRun = once(fail(lost));
  t.like(await frame(), {opened: {delegate: 'cpu'}});
  await clock.advance(250);
  t.like(await frame(), {opened: {delegate: 'tpu', device: {id: '1'}}});
  await keeper.close();
});

test('how the process ended is told once it is known, without a frame waiting for it', async t => {
  const {tpu, cpu} = pair();
  const {keeper, place, log} = await keep([tpu, cpu]);
  await settle();
  let tell: (exit: object) => void = nothing;
  const exit = new Promise<object>(resolve => (tell = resolve));
  tpu.onRun = once(fail(() => lost(exit)));
  await place();
  t.is(keeper.failover?.last.cause, 'tpu 0: the connection was closed');
  tell({cause: 'crashed (SIGSEGV)', lastWords: 'oops'});
  await settle();
  const whole = 'tpu 0: the connection was closed; its process crashed (SIGSEGV): oops';
  t.like(keeper.failover?.last, {cause: whole, remedy: 'Look at the cable.'});
  t.is(keeper.placement.rejected[0]?.reason, whole);
  t.true(log.lines.some(({level, message}) => level === 'warn' && message.includes('delegate lost')));
  await keeper.close();
});

test('news of an end that never come, or fail, do no harm', async t => {
  const {tpu, cpu} = pair();
  const {keeper, place} = await keep([tpu, cpu]);
  await settle();
  tpu.onRun = once(fail(() => lost(Promise.reject(new Error('nobody knows')))));
  t.is(await place(), 'cpu');
  await settle();
  t.is(keeper.failover?.last.cause, 'tpu 0: the connection was closed');
  await keeper.close();
});

test('the gap of a move is the time between the results around it', async t => {
  const {tpu, cpu} = pair();
  const {keeper, clock, place} = await keep([tpu, cpu]);
  await settle();
  await place();
  await clock.advance(100);
  tpu.onRun = once(fail(lost));
  cpu.onRun = () => clock.advance(30);
  await place();
  t.is(keeper.failover?.last.gapMs, 130);
  await keeper.close();
});

test('a state that the model carries begins anew on the next delegate, and that is said once', async t => {
  const {tpu, cpu} = pair();
  const model = {...someModel, manifest: {outputs: [{index: 0, role: 'state', feeds: 0}]}} as unknown as Model;
  const {keeper, place, log} = await keep([tpu, cpu], {model});
  await settle();
  tpu.onRun = once(fail(lost));
  t.is(await place(), 'cpu');
  t.is(log.lines.filter(({message}) => message.includes('state begins anew')).length, 1);
  await keeper.close();
});

test('a model that remembers its runs gets no run on zeros, and its state begins anew elsewhere', async t => {
  const {tpu, cpu} = pair();
  const header = {edgetpuCompiled: false, operators: [{name: 'UNIDIRECTIONAL_SEQUENCE_LSTM', count: 1, custom: false}]};
  const model = {...someModel, header} as unknown as Model;
  let runs = 0;
  cpu.onRun = () => runs++;
  const {keeper, place, log} = await keep([tpu, cpu], {model});
  await settle();
  tpu.onRun = once(fail(lost));
  t.is(await place(), 'cpu');
  t.is(runs, 1);
  t.is(log.lines.filter(({message}) => message.includes('state begins anew')).length, 1);
  await keeper.close();
});

test('every change of place is published at once', async t => {
  const {tpu, cpu} = pair();
  const seen: (string | undefined)[] = [];
  const kept = await keep([tpu, cpu], {changed: () => seen.push(kept?.keeper.failover?.last.to)});
  await settle();
  tpu.onRun = once(fail(lost));
  await kept.place();
  t.is(seen.at(-1), 'cpu 0');
  await kept.clock.advance(250);
  await kept.place();
  t.is(seen.at(-1), 'tpu 0');
  await kept.keeper.close();
});

test('a model that every place refuses starts no pipeline', async t => {
  const {tpu, cpu} = pair();
  for (const delegate of [tpu, cpu]) delegate.unsupported = 'not this one';
  await t.throwsAsync(keep([tpu, cpu]), {instanceOf: ModelUnsupportedError});
});

test('a pipeline without any place to try says every reason', async t => {
  const {tpu, cpu} = pair();
  for (const delegate of [tpu, cpu]) delegate.onOpen = fail(unavailable);
  await t.throwsAsync(keep([tpu, cpu]), {
    instanceOf: DelegateUnavailableError,
    message: /tpu:0: tpu 0: claimed elsewhere; cpu:0: /,
  });
});

test('a fault of our own in a delegate counts as a failure of its device', async t => {
  const {tpu, cpu} = pair();
  tpu.onProbe = fail(() => new TypeError('x is not a function'));
  const {keeper, place} = await keep([tpu, cpu]);
  t.is(await place(), 'cpu');
  t.regex(keeper.placement.rejected[0]?.reason ?? '', /x is not a function/);
  await keeper.close();
});
