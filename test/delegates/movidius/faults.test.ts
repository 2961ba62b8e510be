import test, {type ExecutionContext} from 'ava';
import type {Session} from '../../../src/delegate/contract.ts';
import {DelegateUnavailableError, DeviceLostError, ModelUnsupportedError, RunError} from '../../../src/error/errors.ts';
import {type LoadOptions, loadModel} from '../../../src/model/load.ts';
import {elements} from '../../../src/tensor/read.ts';
import {OpenvinoDouble, type OpenvinoDoubleOptions} from '../../helpers/openvino-double.ts';
import {sharedData} from '../../helpers/shared-data.ts';
import {deviceOf, oneThread} from './openvino-library.ts';

const ultraface = (options?: LoadOptions) => loadModel(sharedData('models', 'version-RFB-320.onnx'), options);

/** A double, and how to open a model on its device. */
async function rig(t: ExecutionContext, options?: OpenvinoDoubleOptions, id = 'MYRIAD') {
  const double = await OpenvinoDouble.start(options);
  t.teardown(() => double.stop());
  const delegate = double.delegate();
  const open = async (): Promise<Session> => {
    const session = await delegate.open(await ultraface(), await deviceOf(delegate, id), oneThread);
    t.teardown(() => session.close());
    return session;
  };
  return {double, delegate, open};
}

for (const [release, id] of [
  [2022, 'MYRIAD'],
  [2026, 'CPU'],
  [2026, 'GPU.0'],
  [2026, 'NPU'],
] as const) {
  test.serial(`the ABI of ${release}: ${id} computes on shared memory, run after run`, async t => {
    const {open} = await rig(t, {release, stick: 'none'}, id);
    const session = await open();
    t.regex(session.engine, release === 2022 ? /^openvino 2022\.3\.1/ : /^openvino 2026\.4\.1/);
    const [input] = session.inputs;
    t.deepEqual(input!.shape, [1, 3, 240, 320]);
    for (const byte of [0, 1, 7]) {
      input!.data.fill(byte);
      const {outputs} = await session.run();
      t.deepEqual(
        outputs.map(({shape}) => shape),
        [
          [1, 4420, 2],
          [1, 4420, 4],
        ],
      );
      const sum = byte * input!.data.length;
      t.is(elements(outputs[1]!)[0], sum % 128);
      t.is(elements(outputs[1]!)[5], (sum + 5) % 128);
    }
  });
}

test.serial('a stick that is busy is unavailable; one that refuses the model is not', async t => {
  const {double, open} = await rig(t);
  await double.control('busy=1');
  await t.throwsAsync(open(), {instanceOf: DelegateUnavailableError, message: /^movidius MYRIAD: /});
  await double.control('fail=open');
  await t.throwsAsync(open(), {instanceOf: ModelUnsupportedError, message: /^movidius MYRIAD: /});
  await double.control();
  await (await open()).run();
  t.pass();
});

test.serial('a library that crashes while it opens a model costs its process only', async t => {
  const {double, open} = await rig(t);
  await double.control('crash=open');
  await t.throwsAsync(open(), {instanceOf: DelegateUnavailableError, message: /crashed \(SIGSEGV\)/});
  await double.control();
  await (await open()).run();
  t.pass();
});

const losesDevice = test.macro(async (t, order: string, message: RegExp) => {
  const {double, delegate} = await rig(t);
  const device = await deviceOf(delegate, 'MYRIAD');
  const session = await delegate.open(await ultraface(), device, {...oneThread, runTimeoutMs: 500});
  t.teardown(() => session.close());
  await session.run();
  await double.control(order);
  await t.throwsAsync(session.run(), {instanceOf: DeviceLostError, message});
  await t.throwsAsync(session.run(), {instanceOf: DeviceLostError}, 'it stays lost');
  await double.control();
  const next = await delegate.open(await ultraface(), await deviceOf(delegate, 'MYRIAD'), oneThread);
  t.teardown(() => next.close());
  await next.run();
});

test.serial('a crash in a run is a lost device, which a new process takes back', losesDevice, 'crash=run', /./);
test.serial('a run that hangs is a lost device', losesDevice, 'hang=run', /./);
test.serial('a stick that is pulled out is a lost device', losesDevice, 'vanish=1', /gone|lists no such/);

test.serial('a run that fails is an error of that run, until the stick fails again and again', async t => {
  const {double, open} = await rig(t);
  const session = await open();
  await double.control('fail=run');
  await t.throwsAsync(session.run(), {instanceOf: RunError});
  await double.control();
  await session.run();
  await double.control('overheat=1');
  await t.throwsAsync(session.run(), {instanceOf: RunError});
  await t.throwsAsync(session.run(), {instanceOf: RunError});
  await t.throwsAsync(session.run(), {instanceOf: DeviceLostError});
});

test.serial('the words of a current library reach the operator', async t => {
  const {double, open} = await rig(t, {release: 2026, stick: 'none'}, 'NPU');
  const session = await open();
  await double.control('fail=run');
  await t.throwsAsync(session.run(), {instanceOf: RunError, message: /NPU: Failed to read output from FIFO/});
});

test.serial('a library that crashes or fails while it is looked at is an absence with the reason', async t => {
  const {double, delegate} = await rig(t, {release: 2026, stick: 'none'});
  await double.control('crash=probe');
  t.deepEqual(await delegate.probe(), []);
  t.regex((await delegate.absence()).reason, /crashed while it was asked for its devices \(SIGSEGV\)/);
  await double.control('fail=probe');
  t.deepEqual(await double.delegate().probe(), []);
  t.regex((await double.delegate().absence()).reason, /cannot list devices/);
});

test.serial('a close that hangs or crashes does not hold the caller', async t => {
  const {double, open} = await rig(t);
  const session = await open();
  await session.run();
  await double.control('crash=close');
  await session.close();
  await session.close();
  await double.control();
  await (await open()).run();
  t.pass();
});
