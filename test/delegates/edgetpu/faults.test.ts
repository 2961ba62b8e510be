import test, {type ExecutionContext} from 'ava';
import {edgetpu} from '../../../delegates/edgetpu/index.ts';
import type {Delegate, Session} from '../../../src/delegate/contract.ts';
import {DelegateUnavailableError, DeviceLostError, ModelUnsupportedError, RunError} from '../../../src/error/errors.ts';
import {silentLog} from '../../../src/log/log.ts';
import {loadModel} from '../../../src/model/load.ts';
import {createDelegate} from '../../helpers/delegate.ts';
import {EdgetpuDouble, type EdgetpuDoubleOptions} from '../../helpers/edgetpu-double.ts';
import {sharedData} from '../../helpers/shared-data.ts';

/** Long enough for a busy machine, short enough for a test of a hang. */
const runTimeoutMs = 300;
const options = {threads: 1, xnnpack: false, log: silentLog, runTimeoutMs};
const path = sharedData('models', 'edgetpu', 'split_concat_edgetpu.tflite');

async function start(t: ExecutionContext, settings: EdgetpuDoubleOptions = {}): Promise<EdgetpuDouble> {
  const double = await EdgetpuDouble.start(settings);
  t.teardown(() => double.stop());
  return double;
}

async function open(t: ExecutionContext, delegate: Delegate): Promise<Session> {
  const [device] = await delegate.probe();
  const session = await delegate.open(await loadModel(path), device ?? t.fail(), options);
  t.teardown(() => session.close());
  return session;
}

const failsToOpen = test.macro(async (t, order: string, message: RegExp) => {
  const double = await start(t);
  await double.control(order);
  const delegate = double.delegate();

  await t.throwsAsync(open(t, delegate), {instanceOf: DelegateUnavailableError, message});
  await double.control();
  await t.notThrowsAsync((await open(t, delegate)).run());
});
test(
  'a library that crashes at opening is an unavailable device, and works the next time',
  failsToOpen,
  'crash=open',
  /its process crashed/,
);
test('a library that fails at opening says why', failsToOpen, 'fail=open', /edgetpu usb:0: .*told to fail/);
test('a device that another process has is unavailable', failsToOpen, 'busy=1', /made no delegate/);

const losesDevice = test.macro(async (t, order: string, message: RegExp) => {
  const double = await start(t);
  const delegate = double.delegate();
  const session = await open(t, delegate);
  await session.run();
  await double.control(order);

  const error = await t.throwsAsync(session.run(), {instanceOf: DeviceLostError, message});
  t.regex((error as DeviceLostError).hint, /USB 3 cable/);
  await t.throwsAsync(session.run(), {instanceOf: DeviceLostError});
  await session.close();
  await double.control();
  await t.notThrowsAsync((await open(t, delegate)).run());
  t.is(double.hosts.started.get('edgetpu /sys/bus/usb/devices/1-1'), 2);
});
test(
  'a crash while running loses the device, and a new session has it back',
  losesDevice,
  'crash=run',
  /^edgetpu usb:0: /,
);
test(
  'a hang while running loses the device, and a new session has it back',
  losesDevice,
  'hang=run',
  /^edgetpu usb:0: /,
);

const failsRun = test.macro(async (t, order: string, message: RegExp) => {
  const double = await start(t);
  const session = await open(t, double.delegate());
  await double.control(order);

  await t.throwsAsync(session.run(), {instanceOf: RunError, message});
  await double.control();
  await t.notThrowsAsync(session.run());
});
test('a failed run is only that', failsRun, 'fail=run', /told to fail/);
test('a chip that throttles itself to death fails runs', failsRun, 'overheat=1', /the chip is throttled/);

test('a stick that is pulled out while it runs is a lost device, and is had back when it returns', async t => {
  const double = await start(t);
  const delegate = double.delegate();
  const session = await open(t, delegate);
  await session.run();
  await double.pullOut('usb:1-1');
  await double.control('vanish=1');

  await t.throwsAsync(session.run(), {
    instanceOf: DeviceLostError,
    message: 'edgetpu usb:0: /sys/bus/usb/devices/1-1 is gone',
  });
  await session.close();
  t.deepEqual(await delegate.probe(), []);
  await double.plugIn('usb:1-1');
  await double.control();
  await t.notThrowsAsync((await open(t, delegate)).run());
});

test('a device that went between probing and opening is unavailable', async t => {
  const double = await start(t);
  const delegate = double.delegate();
  const [device] = await delegate.probe();
  await double.pullOut('usb:1-1');

  await t.throwsAsync(delegate.open(await loadModel(path), device ?? t.fail(), options), {
    instanceOf: DelegateUnavailableError,
    message: 'edgetpu usb:0: is gone',
  });
});

test('a crash at closing harms nobody', async t => {
  const double = await start(t);
  const delegate = double.delegate();
  const session = await open(t, delegate);
  const host = double.hosts.running('edgetpu /sys/bus/usb/devices/1-1');
  await double.control('crash=close');
  await t.notThrowsAsync(session.close());
  await host.exited;
  await double.control();

  await t.notThrowsAsync((await open(t, delegate)).run());
});

test('a stick that crashes does not disturb the other', async t => {
  const double = await start(t, {devices: ['usb:1-1', 'usb:2-1']});
  const delegate = double.delegate();
  const model = await loadModel(path);
  const devices = (await delegate.probe()).toSorted((a, b) => a.id.localeCompare(b.id));
  const [one, other] = await Promise.all(devices.map(device => delegate.open(model, device, options)));
  t.teardown(() => Promise.all([one?.close(), other?.close()]));
  const host = double.hosts.running('edgetpu /sys/bus/usb/devices/1-1');
  host.kill();
  await host.exited;

  await t.throwsAsync(one?.run() ?? t.fail(), {instanceOf: DeviceLostError});
  await t.notThrowsAsync(other?.run() ?? t.fail());
});

test('without the driver, opening names it and how to install it', async t => {
  const double = await start(t);
  const delegate = createDelegate(edgetpu, {}, {sysroot: double.sysroot, hosts: double});
  const [device] = await delegate.probe();

  const error = await t.throwsAsync(delegate.open(await loadModel(path), device ?? t.fail(), options), {
    instanceOf: DelegateUnavailableError,
    message: 'edgetpu usb:0: its library libedgetpu.so.1 is not installed',
  });
  t.regex((error as DelegateUnavailableError).hint, /apt-get install libedgetpu1-std/);
});

test('a library that refuses the model is the model’s fault', async t => {
  const double = await start(t, {twins: [sharedData('models', 'traffic_model.tflite')]});

  await t.throwsAsync(open(t, double.delegate()), {instanceOf: ModelUnsupportedError, message: /^edgetpu usb:0: /});
});
