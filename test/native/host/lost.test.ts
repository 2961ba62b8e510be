import {mkdtemp, rename, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {DelegateUnavailableError, DeviceLostError, ModelUnsupportedError, RunError} from '../../../src/error/errors.ts';
import {silentLog} from '../../../src/log/log.ts';
import type {HostExit} from '../../../src/native/host/contract.ts';
import {noHosts} from '../../../src/native/host/none.ts';
import {openHosted} from '../../../src/native/host/session.ts';
import {buildDouble} from '../../helpers/build-double.ts';
import {sharedModel} from '../../helpers/hosted-session.ts';
import {TestHosts} from '../../helpers/hosts.ts';

const library = buildDouble('tflite-double');
test.after.always(async () => rm(path.dirname(await library), {recursive: true}));

/** Opens the double's model where the daemon's delegates would, with a file that tells the double its faults. */
async function start(t: ExecutionContext, faults = '') {
  const folder = await mkdtemp(path.join(tmpdir(), 'dunlin-lost-'));
  const control = path.join(folder, 'control');
  const hosts = new TestHosts();
  t.teardown(async () => {
    await hosts.closeAll();
    await rm(folder, {recursive: true});
  });
  const setFaults = async (text: string) => {
    await writeFile(`${control}.new`, text);
    await rename(`${control}.new`, control);
  };
  await setFaults(faults);
  const model = {...(await sharedModel('hello_world_int8')), bytes: Buffer.from('bytes=1')};
  const hosted = {
    where: 'double usb:0',
    request: {
      key: 'double usb:0',
      engine: 'tflite',
      library: await library,
      env: {DUNLIN_DOUBLE_CONTROL: control},
    },
    options: [],
    openTimeoutMs: 3000,
    remedy: 'Plug it in again.',
  } as const;
  const options = {threads: 1, xnnpack: false, log: silentLog, runTimeoutMs: 200};
  return {hosts, setFaults, model, hosted, options, open: () => openHosted(model, hosted, hosts, options)};
}

const isLost = test.macro(async (t: ExecutionContext, faults: string, said: RegExp, end: RegExp) => {
  const {open, setFaults} = await start(t);
  const session = await open();
  await session.run();
  await setFaults(faults);
  const error = await t.throwsAsync(session.run(), {instanceOf: DeviceLostError, message: said});
  t.is(error?.hint, 'Plug it in again.');
  const exit = (await error?.cause) as HostExit | undefined;
  t.regex(exit?.cause ?? '', end);
  t.is(await t.throwsAsync(session.run()), error);
  await session.close();
  await session.close();
});

test(
  'a crash in a run is a lost device',
  isLost,
  'crash=run',
  /^double usb:0: its process ended during a run$/,
  /SIGSEGV/,
);
test(
  'a hang in a run is a lost device, and its process is killed',
  isLost,
  'hang=run',
  /^double usb:0: no answer within 200 ms on the device$/,
  /^was stopped: no answer within 200 ms/,
);

test('a run that fails is an error of that run', async t => {
  const {open, setFaults} = await start(t);
  const session = await open();
  await setFaults('fail=run');
  await t.throwsAsync(session.run(), {instanceOf: RunError, message: /^double usb:0: /});
  await setFaults('');
  session.inputs[0]!.data[0] = 41;
  const {outputs, timing} = await session.run();
  t.is(outputs[0]!.data[0], 42);
  t.deepEqual([timing.decodeMs, timing.preprocessMs], [0, 0]);
  t.true((timing.queueMs ?? -1) >= 0 && timing.runMs > 0);
  await session.close();
  await t.throwsAsync(session.run(), {instanceOf: RunError, message: /the session is closed/});
});

test('what happens while a model is opened is no lost device', async t => {
  const crash = await start(t, 'crash=open');
  await t.throwsAsync(crash.open(), {
    instanceOf: DelegateUnavailableError,
    message: 'double usb:0: its process crashed (SIGSEGV) while opening the model',
  });
  const hang = await start(t, 'hang=open');
  await t.throwsAsync(openHosted(hang.model, {...hang.hosted, openTimeoutMs: 100}, hang.hosts, hang.options), {
    instanceOf: DelegateUnavailableError,
    message: 'double usb:0: its process was stopped: did not open the model in time while opening the model',
  });
  const refusal = await start(t, 'fail=open');
  await t.throwsAsync(refusal.open(), {
    instanceOf: ModelUnsupportedError,
    message: /^double usb:0: the library does not/,
  });
});

test('a process that is gone is started again for the next session', async t => {
  const {hosts, open} = await start(t);
  const session = await open();
  hosts.running('double usb:0').kill();
  await hosts.running('double usb:0').exited;
  await t.throwsAsync(session.run(), {instanceOf: DeviceLostError});
  const next = await open();
  await t.notThrowsAsync(next.run());
  t.is(hosts.started.get('double usb:0'), 2);
  await Promise.all([session.close(), next.close()]);
});

test('where no process can be had, opening says so', async t => {
  const {model, hosted, options} = await start(t);
  await t.throwsAsync(openHosted(model, hosted, noHosts, options), {
    instanceOf: DelegateUnavailableError,
    message: 'double usb:0: no process can be started for it here',
  });
});
