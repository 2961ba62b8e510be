import test, {type ExecutionContext} from 'ava';
import type {ResultMessage} from '../../src/sink/contract.ts';
import {type FailoverOptions, FailoverRig, gapsOf} from '../helpers/failover.ts';
import {stillRunning} from '../helpers/processes.ts';

/** Tries again quickly, so that a test need not wait for the pauses that spare real hardware. */
const impatient = {retryFirstMs: 20, retryMostMs: 40, settledAfterMs: 0, restarts: 1000};

async function start(t: ExecutionContext, options: FailoverOptions = {}): Promise<FailoverRig> {
  const rig = await FailoverRig.start({failover: impatient, ...options});
  t.teardown(() => rig.stop());
  return rig;
}

function inOrder(t: ExecutionContext, results: readonly ResultMessage[]): void {
  const frames = results.map(({frame}) => frame);
  t.deepEqual(
    frames,
    [...new Set(frames)].sort((one, other) => one - other),
    'frames in order, none twice',
  );
  t.true(Math.max(...gapsOf(results)) < 1000, `worst gap ${Math.max(...gapsOf(results))} ms`);
}

test('a device process that is killed again and again costs less than a second each time, and is taken back', async t => {
  const rig = await start(t);
  const seen = new Set<number>();
  for (let round = 0; round < 10; round++) {
    await rig.resultFrom('npu');
    const [pid] = await rig.hosts();
    seen.add(pid!);
    process.kill(pid!, 'SIGKILL');
    await rig.resultFrom('cpu');
  }
  await rig.resultFrom('npu');
  const state = await rig.state(({failover}) => (failover?.count ?? 0) >= 20);
  t.true(state.failover!.last.gapMs < 1000);
  t.is(seen.size, 10);
  inOrder(t, rig.results);
  t.is(await rig.daemon.stop(), 0, rig.daemon.output());
  t.deepEqual(await stillRunning([...seen]), [], 'no process, no zombie');
});

test('state and log tell how the device was lost, and what to do', async t => {
  const rig = await start(t);
  await rig.resultFrom('npu');
  await rig.double.control('crash=run,open');
  const lost = await rig.state(
    ({failover, delegate}) => delegate?.id === 'cpu' && /SIGSEGV/.test(failover?.last.cause ?? ''),
  );
  t.like(lost, {status: 'degraded', failover: {last: {from: 'npu edgetpu-abi29-delegate', to: 'cpu cpu'}}});
  t.regex(lost.failover!.last.remedy, /library/);
  t.regex(lost.delegate!.rejected![0]!.reason, /crashed \(SIGSEGV\)/);
  await rig.double.control();
  await rig.resultFrom('npu');
  const back = await rig.state(({status, failover}) => status === 'running' && (failover?.count ?? 0) >= 2);
  t.regex(back.failover!.last.cause, /works again; it was lost: /);
  t.regex(rig.daemon.output(), /delegate lost: npu/);
  inOrder(t, rig.results);
  t.is(await rig.daemon.stop(), 0, rig.daemon.output());
});

for (const [what, order] of Object.entries({
  hangs: 'hang=run',
  'says that its device is gone': 'vanish=1',
  'fails every run': 'fail=run',
})) {
  test(`a device that ${what} costs less than a second, and is taken back when it works again`, async t => {
    const rig = await start(t);
    await rig.resultFrom('npu');
    await rig.double.control(order);
    await rig.resultFrom('cpu');
    await rig.double.control();
    await rig.resultFrom('npu');
    inOrder(t, rig.results);
    t.is(await rig.daemon.stop(), 0, rig.daemon.output());
  });
}

for (const [what, order] of Object.entries({
  'crashes while it is opened': 'crash=open',
  'refuses to be opened': 'fail=open',
  'is held by another process': 'busy=1',
  'fails in its warm-up': 'fail=run',
  'crashes in its warm-up': 'crash=run',
})) {
  test(`a device that ${what} leaves the pipeline on the CPU, and is taken once it works`, async t => {
    const rig = await start(t, {control: [order]});
    await rig.resultFrom('cpu');
    const {delegate} = await rig.state(({status}) => status === 'degraded');
    t.is(delegate!.rejected![0]!.delegate, 'npu');
    t.truthy(delegate!.rejected![0]!.remedy);
    await rig.double.control();
    await rig.resultFrom('npu');
    inOrder(t, rig.results);
    t.is(await rig.daemon.stop(), 0, rig.daemon.output());
  });
}

test('a device that hangs while it is opened keeps nothing else from starting and stopping', async t => {
  const rig = await start(t, {control: ['hang=open'], failover: {...impatient, openPatienceMs: 100}});
  await rig.resultFrom('cpu');
  const {delegate} = await rig.state(({status}) => status === 'degraded');
  t.is(delegate!.rejected![0]!.reason, 'is still being opened');
  const hosts = await rig.hosts();
  t.is(await rig.daemon.stop(), 0, rig.daemon.output());
  t.deepEqual(await stillRunning(hosts), []);
});

for (const order of ['crash=close', 'hang=close']) {
  test(`a device that faults while it is closed (${order}) does not keep the daemon from ending`, async t => {
    const rig = await start(t, {control: [order]});
    await rig.resultFrom('npu');
    const hosts = await rig.hosts();
    t.is(await rig.daemon.stop(), 0, rig.daemon.output());
    t.deepEqual(await stillRunning(hosts), []);
  });
}

test('a process that is stopped with SIGSTOP is given up within a second and replaced', async t => {
  const rig = await start(t);
  await rig.resultFrom('npu');
  const [pid] = await rig.hosts();
  process.kill(pid!, 'SIGSTOP');
  await rig.resultFrom('cpu');
  await rig.resultFrom('npu');
  t.notDeepEqual(await rig.hosts(), [pid]);
  inOrder(t, rig.results);
  t.is(await rig.daemon.stop(), 0, rig.daemon.output());
  t.deepEqual(await stillRunning([pid!]), []);
});

test('a daemon that is killed leaves no device process behind', async t => {
  const rig = await start(t);
  await rig.resultFrom('npu');
  const hosts = await rig.hosts();
  process.kill(rig.daemon.pid, 'SIGKILL');
  await rig.daemon.exited;
  while ((await stillRunning(hosts)).length > 0) await new Promise(resolve => setImmediate(resolve));
  t.is(hosts.length, 1);
});
