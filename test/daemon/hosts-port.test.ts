import {MessageChannel} from 'node:worker_threads';
import test, {type ExecutionContext} from 'ava';
import {connectHosts, serveHosts} from '../../src/daemon/hosts-port.ts';
import {DelegateUnavailableError} from '../../src/error/errors.ts';
import type {DeviceHosts, HostExit, HostRequest} from '../../src/native/host/contract.ts';

const request: HostRequest = {key: 'test 0', engine: 'tflite', library: 'some.so'};

/** Processes that note what they are asked, behind a port. */
function behindPort(t: ExecutionContext, exit: Promise<HostExit> = Promise.resolve({cause: 'ended'})) {
  const notes: string[] = [];
  const heard: (() => void)[] = [];
  const note = (text: string) => {
    notes.push(text);
    for (const wake of heard.splice(0)) wake();
  };
  let fd = 100;
  const hosts: DeviceHosts = {
    async connect({key}) {
      if (key === 'bad') throw new DelegateUnavailableError('bad: rests for 60 s', 'Wait.');
      fd++;
      const own = fd;
      return {
        pid: 7,
        fd: own,
        kill: reason => note(`kill ${own}: ${reason}`),
        ended: () => exit,
        release: () => note(`release ${own}`),
      };
    },
  };
  const {port1, port2} = new MessageChannel();
  t.teardown(() => port2.close());
  serveHosts(port1, hosts, socket => note(`close ${socket}`));
  const until = async (count: number) => {
    while (notes.length < count) await new Promise<void>(resolve => heard.push(resolve));
    return notes;
  };
  port2.ref();
  const far = connectHosts(port2);
  port2.ref(); // AVA's thread has nothing else that keeps it waiting
  port1.ref();
  return {far, port2, until};
}

test('a connection reaches the other thread with its number and pid', async t => {
  const {far} = behindPort(t);
  t.like(await far.connect(request), {pid: 7, fd: 101});
  t.like(await far.connect(request), {pid: 7, fd: 102});
});

test('a refusal crosses with its message and hint', async t => {
  const {far} = behindPort(t);
  const error = await t.throwsAsync(far.connect({...request, key: 'bad'}), {
    instanceOf: DelegateUnavailableError,
    message: 'bad: rests for 60 s',
  });
  t.is((error as DelegateUnavailableError).hint, 'Wait.');
});

test('killing and releasing reach the process', async t => {
  const {far, until} = behindPort(t);
  const lease = await far.connect(request);
  lease.kill('hangs');
  lease.release();
  t.deepEqual(await until(2), ['kill 101: hangs', 'release 101']);
});

test('how the process ended is told, however often it is asked', async t => {
  const exit = {cause: 'crashed (SIGSEGV)', lastWords: 'oops'};
  const {far} = behindPort(t, Promise.resolve(exit));
  const lease = await far.connect(request);
  t.deepEqual(await Promise.all([lease.ended(), lease.ended()]), [exit, exit]);
});

test('a thread that ends gives all its connections back', async t => {
  const {far, port2, until} = behindPort(t);
  await far.connect(request);
  const lease = await far.connect(request);
  lease.release();
  await until(1);
  port2.close();
  t.deepEqual(await until(2), ['release 102', 'release 101']);
});

test('a connection that the thread never got is closed when it ends', async t => {
  const {far, port2, until} = behindPort(t);
  void far.connect(request);
  port2.close();
  const notes = await until(2);
  t.deepEqual([...notes].sort(), ['close 101', 'release 101']);
});
