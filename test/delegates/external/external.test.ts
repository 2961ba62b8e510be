import {rm} from 'node:fs/promises';
import {dirname} from 'node:path';
import test from 'ava';
import {external} from '../../../delegates/external/index.ts';
import {ConfigError, DelegateUnavailableError, DeviceLostError} from '../../../src/error/errors.ts';
import {silentLog} from '../../../src/log/log.ts';
import {loadModel} from '../../../src/model/load.ts';
import {buildDouble} from '../../helpers/build-double.ts';
import {createDelegate} from '../../helpers/delegate.ts';
import {TestHosts} from '../../helpers/hosts.ts';
import {sharedData} from '../../helpers/shared-data.ts';

const options = {threads: 1, xnnpack: false, log: silentLog};
const modelPath = sharedData('models', 'edgetpu', 'split_concat_edgetpu.tflite');
const hosts = new TestHosts();
let library = '';
test.before(async () => {
  library = await buildDouble('edgetpu-abi29-delegate');
});
test.after.always(async () => {
  await hosts.closeAll();
  await rm(dirname(library), {recursive: true, force: true});
});

test('any delegate library runs with its options, named after its file', async t => {
  const delegate = createDelegate(external, {library, options: {offset: 7, buffers: 'yes'}}, {hosts, name: 'npu'});
  const [device] = await delegate.probe();
  t.like(device, {id: 'edgetpu-abi29-delegate', facts: {library}});
  const session = await delegate.open(await loadModel(modelPath), device ?? t.fail(), options);
  t.teardown(() => session.close());
  for (const {data} of session.inputs) data.fill(1);
  const {outputs} = await session.run();

  const sum = session.inputs.reduce((total, {data}) => total + data.length, 0);
  t.is(outputs[0]?.data[5], (sum + 5 + 7) & 255);
});

test('a library that makes no delegate is unavailable, in its own words', async t => {
  const delegate = createDelegate(external, {library, options: {refuse: 'no NPU found'}}, {hosts, name: 'npu'});
  const [device] = await delegate.probe();

  await t.throwsAsync(delegate.open(await loadModel(modelPath), device ?? t.fail(), options), {
    instanceOf: DelegateUnavailableError,
    message: /^npu edgetpu-abi29-delegate: no NPU found/,
  });
});

test('its environment reaches the process, where a crash stays', async t => {
  const own = new TestHosts();
  t.teardown(() => own.closeAll());
  const env = {DUNLIN_EDGETPU_DOUBLE_DEVICES: 'usb@/sys/bus/usb/devices/9-9'};
  const delegate = createDelegate(external, {library, env, options: {device: 'usb:0'}}, {hosts: own});
  const [device] = await delegate.probe();
  const session = await delegate.open(await loadModel(modelPath), device ?? t.fail(), options);
  await session.close();
  const other = createDelegate(external, {library, env, options: {device: 'usb:1'}}, {hosts: own});

  await t.throwsAsync(other.open(await loadModel(modelPath), device ?? t.fail(), options), {
    instanceOf: DelegateUnavailableError,
    message: /made no delegate/,
  });
});

test('a process that is killed is a lost device', async t => {
  const own = new TestHosts();
  t.teardown(() => own.closeAll());
  const delegate = createDelegate(external, {library}, {hosts: own});
  const [device] = await delegate.probe();
  const session = await delegate.open(await loadModel(modelPath), device ?? t.fail(), options);
  const host = own.running(`external ${library}`);
  host.kill();
  await host.exited;

  await t.throwsAsync(session.run(), {instanceOf: DeviceLostError});
  await session.close();
});

test('a library that is not there is no device, and says so', async t => {
  const delegate = createDelegate(external, {library: '/no/such/libnpu.so'}, {name: 'npu'});

  t.deepEqual(await delegate.probe(), []);
  t.deepEqual(await delegate.absence(), {
    reason: '/no/such/libnpu.so cannot be read',
    remedy: "Install the delegate of the NPU's maker, or correct delegates.npu.library.",
  });
});

test('ONNX models are refused', async t => {
  const delegate = createDelegate(external, {library});
  const model = await loadModel(sharedData('models', 'silero_vad.onnx'));

  t.regex(delegate.unsupportedReason(model, {id: '', name: ''}) ?? '', /ONNX/);
});

test('without a library the options are refused', t => {
  t.throws(() => createDelegate(external, {}), {instanceOf: ConfigError, message: /delegates\.external\.library/});
});
