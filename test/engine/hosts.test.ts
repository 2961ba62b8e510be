import {readdirSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {HostSupervisor, type HostSupervisorOptions} from '../../src/engine/hosts.ts';
import {DelegateUnavailableError} from '../../src/error/errors.ts';
import {silentLog} from '../../src/log/log.ts';
import type {HostRequest} from '../../src/native/host/contract.ts';
import {spawnHost} from '../../src/native/host/spawn.ts';
import {loadNative} from '../../src/native/load.ts';
import {childrenOf, ended, stillRunning} from '../helpers/processes.ts';
import {openRuntime} from '../helpers/runtimes.ts';

const {path: library} = await openRuntime('2.21.0');
const request: HostRequest = {key: 'test 0', engine: 'tflite', library};
const unavailable = (message: RegExp) => ({instanceOf: DelegateUnavailableError, message});

function supervise(t: ExecutionContext, options: Partial<HostSupervisorOptions> = {}): HostSupervisor {
  const hosts = new HostSupervisor({
    log: silentLog,
    spawn: spawnHost,
    sockets: {
      connect: parent => loadNative().hostConnect(parent),
      close: socket => loadNative().hostClose(socket),
    },
    backoffFirstMs: 1,
    lingerMs: 1,
    ...options,
  });
  t.teardown(() => hosts.close());
  return hosts;
}

/** A connection that ends with the test. */
async function connect(t: ExecutionContext, hosts: HostSupervisor, changes: Partial<HostRequest> = {}) {
  const lease = await hosts.connect({...request, ...changes});
  let open = true;
  const close = () => {
    if (open) loadNative().hostClose(lease.fd);
    open = false;
    lease.release();
  };
  t.teardown(close);
  return {...lease, close};
}

test.serial('connections of the same key share a process, those of another key have their own', async t => {
  const hosts = supervise(t);
  const leases = await Promise.all([connect(t, hosts), connect(t, hosts), connect(t, hosts, {key: 'test 1'})]);
  t.is(leases[0].pid, leases[1].pid);
  t.not(leases[0].pid, leases[2].pid);
  t.deepEqual(
    hosts.counters.map(({key, sessions, starts}) => ({key, sessions, starts})),
    [
      {key: 'test 0', sessions: 2, starts: 1},
      {key: 'test 1', sessions: 1, starts: 1},
    ],
  );
});

test.serial('a process whose last connection is closed ends by itself and leaves no descriptor', async t => {
  const before = openDescriptors();
  const hosts = supervise(t);
  const lease = await connect(t, hosts);
  lease.close();
  await ended(lease.pid);
  t.is((await lease.ended()).cause, 'ended');
  t.deepEqual(await stillRunning([lease.pid]), []);
  t.is(hosts.counters[0]?.failures, 0);
  t.is(openDescriptors(), before);
});

test.serial('a process that is asked for again before it is let go stays', async t => {
  const hosts = supervise(t, {lingerMs: 60_000});
  const first = await connect(t, hosts);
  first.close();
  const second = await connect(t, hosts);
  t.is(second.pid, first.pid);
});

test.serial('a process that was killed is told so, and the next connection gets another', async t => {
  const hosts = supervise(t);
  const first = await connect(t, hosts);
  process.kill(first.pid, 'SIGKILL');
  t.deepEqual(await first.ended(), {cause: 'was killed from outside (SIGKILL)'});
  const second = await connect(t, hosts);
  t.not(second.pid, first.pid);
  t.deepEqual(await stillRunning([first.pid]), [], 'reaped');
  t.like(hosts.counters[0], {starts: 2, failures: 1});
});

test.serial('a process that crashed names the signal, also when it is killed afterwards', async t => {
  const hosts = supervise(t);
  const lease = await connect(t, hosts);
  process.kill(lease.pid, 'SIGSEGV');
  const exit = lease.ended();
  t.is((await exit).cause, 'crashed (SIGSEGV)');
  lease.kill('too late');
  t.is((await lease.ended()).cause, 'crashed (SIGSEGV)');
});

test.serial('a process that hangs is killed for the reason given', async t => {
  const hosts = supervise(t);
  const lease = await connect(t, hosts);
  process.kill(lease.pid, 'SIGSTOP');
  lease.kill('a run took longer than 300 ms');
  t.is((await lease.ended()).cause, 'was stopped: a run took longer than 300 ms');
});

test.serial('a process that fails too often rests, and says for how long and why', async t => {
  const hosts = supervise(t, {restarts: 2});
  for (let round = 0; round < 2; round++) {
    const lease = await connect(t, hosts);
    process.kill(lease.pid, 'SIGABRT');
    await lease.ended();
  }
  await t.throwsAsync(
    connect(t, hosts),
    unavailable(/test 0: rests for \d+ s: its process failed 2 times, at last it crashed \(SIGABRT\)/),
  );
  await t.notThrowsAsync(connect(t, hosts, {key: 'test 1'}), 'another device is not held back');
});

test.serial('a process that has rested is started again', async t => {
  const hosts = supervise(t, {restarts: 1, restMs: 0});
  const lease = await connect(t, hosts);
  process.kill(lease.pid, 'SIGKILL');
  await lease.ended();
  await t.notThrowsAsync(connect(t, hosts));
});

test.serial('a process that takes more memory than it may is stopped', async t => {
  const hosts = supervise(t, {memoryEveryMs: 5});
  const lease = await connect(t, hosts, {memoryLimitBytes: 2 ** 20});
  t.regex((await lease.ended()).cause, /^was stopped: it took \d+ MiB of memory, more than 1 MiB$/);
});

test.serial('a key in use cannot be had with another library at the same time', async t => {
  const hosts = supervise(t);
  const lease = await connect(t, hosts);
  await t.throwsAsync(connect(t, hosts, {engine: 'openvino'}), unavailable(/in use with other settings/));
  lease.close();
  const other = await connect(t, hosts, {env: {SOME: 'thing'}});
  t.not(other.pid, lease.pid);
});

test.serial('several connections at once start one process', async t => {
  const hosts = supervise(t);
  const leases = await Promise.all(Array.from({length: 8}, () => connect(t, hosts)));
  t.is(new Set(leases.map(({pid}) => pid)).size, 1);
  t.is(hosts.counters[0]?.starts, 1);
});

test.serial('closing ends every process, also one that does not listen any more', async t => {
  const hosts = supervise(t, {endMs: 50});
  const leases = [await connect(t, hosts), await connect(t, hosts, {key: 'test 1'})];
  process.kill(leases[1]!.pid, 'SIGSTOP');
  leases[0]!.close();
  await hosts.close();
  await hosts.close();
  t.deepEqual(await stillRunning(leases.map(({pid}) => pid)), []);
  await t.throwsAsync(connect(t, hosts), unavailable(/is stopping/));
});

test.serial('a program that is not there is an unavailable device', async t => {
  const hosts = supervise(t, {
    spawn: () => {
      throw new Error('no such program');
    },
  });
  await t.throwsAsync(connect(t, hosts), unavailable(/test 0: its process cannot be started \(no such program\)/));
});

test.serial('two hundred kills leave no process, no zombie and no descriptor', async t => {
  const hosts = supervise(t, {restarts: 1000, backoffMostMs: 1});
  const before = openDescriptors();
  for (let round = 0; round < 200; round++) {
    const lease = await connect(t, hosts);
    process.kill(lease.pid, 'SIGKILL');
    await lease.ended();
    lease.close();
  }
  t.is(openDescriptors(), before);
  const programs = (await childrenOf(process.pid)).length;
  t.is(programs, 0);
  t.like(hosts.counters[0], {pid: 0, sessions: 0, starts: 200, failures: 200});
});

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}
