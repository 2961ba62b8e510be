import {chmod, mkdir, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {movidius} from '../../../delegates/movidius/index.ts';
import {findSticks, type Stick} from '../../../delegates/movidius/sticks.ts';
import {ConfigError, DelegateUnavailableError} from '../../../src/error/errors.ts';
import {loadModel} from '../../../src/model/load.ts';
import {Sysroot} from '../../../src/system/sysroot.ts';
import {createDelegate} from '../../helpers/delegate.ts';
import {fakeRoot} from '../../helpers/fake-root.ts';
import {OpenvinoDouble, type OpenvinoDoubleOptions} from '../../helpers/openvino-double.ts';
import {sharedData} from '../../helpers/shared-data.ts';
import {deviceOf, oneThread} from './openvino-library.ts';

async function start(t: ExecutionContext, options?: OpenvinoDoubleOptions): Promise<OpenvinoDouble> {
  const double = await OpenvinoDouble.start(options);
  t.teardown(() => double.stop());
  return double;
}

const usb = (product: string, speed = '5000') => ({
  'sys/bus/usb/devices/1-1.2/idVendor': '03e7\n',
  'sys/bus/usb/devices/1-1.2/idProduct': `${product}\n`,
  'sys/bus/usb/devices/1-1.2/speed': `${speed}\n`,
  'sys/bus/usb/devices/1-1.2/busnum': '1\n',
  'sys/bus/usb/devices/1-1.2/devnum': '9\n',
});
const node = {'dev/bus/usb/001/009': ''};

test('an empty system has no device, and is told how OpenVINO gets there', async t => {
  const delegate = createDelegate(movidius, {}, {sysroot: await fakeRoot(t, {'sys/': ''})});
  t.deepEqual(await delegate.probe(), []);
  const {reason, remedy} = await delegate.absence();
  t.regex(reason, /libopenvino_c\.so\) in \/opt\/intel\/openvino\*, \/usr\/local\/lib/);
  t.regex(remedy, /docs\/delegates\/movidius\.md/);
});

test('a stick without any library is shown with what is missing', async t => {
  const delegate = createDelegate(movidius, {}, {sysroot: await fakeRoot(t, {...usb('2485'), ...node})});
  const [stick, ...others] = await delegate.probe();
  t.deepEqual(others, []);
  t.is(stick?.id, 'MYRIAD');
  t.is(stick?.name, 'Movidius Myriad X on USB 1-1.2');
  t.regex(stick?.problem?.reason ?? '', /no OpenVINO library/);
});

const seesStick = test.macro(
  async (
    t,
    files: Readonly<Record<string, string>>,
    state: Stick['state'],
    link: string,
    problem: RegExp | undefined,
  ) => {
    const [stick] = await findSticks(new Sysroot(await fakeRoot(t, files)));
    t.is(stick?.state, state);
    t.is(stick?.link, link);
    if (problem === undefined) t.is(stick?.problem, undefined);
    else t.regex(stick?.problem?.reason ?? '', problem);
  },
);

test('a stick that waits for its firmware', seesStick, {...usb('2485'), ...node}, 'unbooted', 'USB 3', undefined);
test('a booted stick on USB 2', seesStick, {...usb('F63B', '480'), ...node}, 'booted', 'USB 2', undefined);
test('the first stick is too old', seesStick, {...usb('2150'), ...node}, 'myriad2', 'USB 3', /Myriad 2.*dropped/);
test('a stick whose node is not passed on', seesStick, usb('2485'), 'unbooted', 'USB 3', /001\/009 is not visible/);

test('other devices of the same maker are no sticks', async t => {
  t.deepEqual(await findSticks(new Sysroot(await fakeRoot(t, {...usb('0001'), ...node}))), []);
});

test('a stick that may not be opened comes with the udev rule', async t => {
  if (process.getuid?.() === 0) return t.pass('root may open everything');
  const root = await fakeRoot(t, {...usb('2485'), ...node});
  await chmod(join(root, 'dev/bus/usb/001/009'), 0);
  const [stick] = await findSticks(new Sysroot(root));
  t.regex(stick?.problem?.reason ?? '', /no permission for \/dev\/bus\/usb\/001\/009/);
  t.regex(stick?.problem?.remedy ?? '', /97-myriad-usbboot\.rules/);
});

test.serial('OpenVINO 2022.3.1 with a stick', async t => {
  const double = await start(t);
  const [stick, ...others] = await double.delegate().probe();
  t.deepEqual(others, []);
  t.is(stick?.id, 'MYRIAD');
  t.is(stick?.problem, undefined);
  t.deepEqual(stick?.facts, {library: double.library, openvino: 'openvino 2022.3.1', link: 'USB 3'});
});

test.serial('a stick that has booted is no longer listed, but in use and there', async t => {
  const double = await start(t, {stick: 'booted'});
  await double.control('vanish=1');
  const [stick] = await double.delegate().probe();
  t.is(stick?.id, 'MYRIAD');
  t.is(stick?.problem, undefined);
  t.is(stick?.facts?.state, 'booted');
});

test.serial('a stick that comes and goes is seen coming and going by one delegate', async t => {
  const double = await start(t, {stick: 'none'});
  const delegate = double.delegate();
  const ids = async () => (await delegate.probe()).map(({id, problem}) => `${id}${problem === undefined ? '' : '!'}`);
  await double.control('vanish=1');
  t.deepEqual(await ids(), []);
  await double.control();
  await double.plugIn('unbooted');
  t.deepEqual(await ids(), ['MYRIAD']);
  await double.control('vanish=1');
  await double.pullOut();
  t.deepEqual(await ids(), []);
  t.regex((await delegate.absence()).reason, /lists no device/);
});

test.serial('a current release drives everything but the stick, accelerators first', async t => {
  const double = await start(t, {release: 2026});
  const devices = await double.delegate().probe();
  t.deepEqual(
    devices.map(({id}) => id),
    ['MYRIAD', 'NPU', 'GPU.0', 'CPU'],
  );
  t.regex(devices[0]?.problem?.reason ?? '', /openvino 2026\.4\.1 .*no plugin for Myriad.*2022\.3\.1 is the last/);
  t.true(devices.slice(1).every(({problem}) => problem === undefined));
});

test.serial('with a stick, an older library that drives it goes before a newer one', async t => {
  const [old, current] = [await start(t), await start(t, {release: 2026})];
  const installed = 'opt/intel/openvino_2022.3.1';
  await mkdir(join(current.sysroot, 'opt/intel'), {recursive: true});
  await rename(join(old.sysroot, installed), join(current.sysroot, installed));
  const [stick] = await current.delegate().probe();
  t.regex(stick?.facts?.library ?? '', /openvino_2022\.3\.1/);
  await current.pullOut();
  const [first] = await current.delegate().probe();
  t.regex(first?.facts?.library ?? '', /openvino_2026\.4\.1/);
});

test.serial('an Intel GPU or NPU that the library does not list is shown with its driver', async t => {
  const double = await start(t, {stick: 'none'});
  for (const [name, kind] of [
    ['renderD128', 'drm'],
    ['accel0', 'accel'],
  ]) {
    await mkdir(join(double.sysroot, `sys/class/${kind}/${name}/device`), {recursive: true});
    await writeFile(join(double.sysroot, `sys/class/${kind}/${name}/device/vendor`), '0x8086\n');
  }
  await mkdir(join(double.sysroot, 'dev/dri'), {recursive: true});
  await writeFile(join(double.sysroot, 'dev/dri/renderD128'), '');
  const devices = await double.delegate().probe();
  const problems = Object.fromEntries(devices.map(({id, problem}) => [id, problem]));
  t.regex(problems.GPU?.remedy ?? '', /intel-opencl-icd/);
  t.regex(problems.NPU?.reason ?? '', /no permission for \/dev\/accel\/accel0/);
  t.is(problems.MYRIAD, undefined);
});

const configured = test.macro(async (t, device: string, problem: RegExp | undefined) => {
  const double = await start(t, {release: 2026, stick: 'none'});
  const [only, ...others] = await double.delegate({device}).probe();
  t.deepEqual(others, []);
  t.is(only?.id, device);
  if (problem === undefined) t.is(only?.problem, undefined);
  else t.regex(only?.problem?.reason ?? '', problem);
});

test.serial('a configured device is the only one', configured, 'CPU', undefined);
test.serial('AUTO over devices that are there', configured, 'AUTO:GPU,CPU', undefined);
test.serial('HETERO over devices that are there', configured, 'HETERO:GPU.0,CPU', undefined);
test.serial('AUTO over everything but one', configured, 'AUTO:-NPU', undefined);
test.serial('MULTI with numbers of requests', configured, 'MULTI:GPU.0(2),CPU(1)', undefined);
test.serial('HETERO with a device that is not there', configured, 'HETERO:GPU.3,CPU', /lists no device GPU\.3/);
test.serial('a device that is not there', configured, 'MYRIAD', /lists no device MYRIAD, only CPU, GPU\.0, NPU/);

test.serial('a device with a problem is not opened', async t => {
  const double = await start(t, {release: 2026, stick: 'none'});
  const delegate = double.delegate({device: 'MYRIAD'});
  const model = await loadModel(sharedData('models', 'version-RFB-320.onnx'));
  await t.throwsAsync(delegate.open(model, await deviceOf(delegate, 'MYRIAD'), oneThread), {
    instanceOf: DelegateUnavailableError,
    message: /movidius MYRIAD: OpenVINO lists no device MYRIAD/,
  });
});

const misfit = test.macro(async (t, content: string | undefined, reason: RegExp) => {
  const root = await fakeRoot(t, content === undefined ? {'sys/': ''} : {'lib.so': content});
  const delegate = createDelegate(movidius, {library: join(root, 'lib.so')}, {sysroot: root});
  t.deepEqual(await delegate.probe(), []);
  t.regex((await delegate.absence()).reason, reason);
  const model = await loadModel(sharedData('models', 'version-RFB-320.onnx'));
  const opening = delegate.open(model, {id: 'CPU', name: ''}, oneThread);
  await t.throwsAsync(opening, {instanceOf: DelegateUnavailableError});
});

test('a configured library that is not there', misfit, undefined, /no OpenVINO library .*lib\.so/);
test(
  'a configured library that is none',
  misfit,
  'not a library',
  /lib\.so cannot be used.*(file too short|invalid ELF)/,
);

test('options that are wrong name the key', t => {
  for (const [options, message] of [
    [{device: 'my gpu'}, /delegates\.movidius\.device: expected a device as OpenVINO names it/],
    [{threads: 0}, /delegates\.movidius\.threads/],
    [{hint: 'fast'}, /delegates\.movidius\.hint/],
    [{libary: '/x'}, /delegates\.movidius.*libary/],
  ] as const) {
    t.throws(() => createDelegate(movidius, options), {instanceOf: ConfigError, message});
  }
});

test.serial('models are refused by what the version and the device can', async t => {
  const [old, current] = [await start(t), await start(t, {release: 2026, stick: 'none'})];
  const onnx = await loadModel(sharedData('models', 'version-RFB-320.onnx'));
  const tflite = await loadModel(sharedData('models', 'mobilenet_v1_0.25_128_quant.tflite'));
  const myriad = await deviceOf(old.delegate(), 'MYRIAD');
  const npu = await deviceOf(current.delegate(), 'NPU');
  t.is(old.delegate().unsupportedReason(onnx, myriad), undefined);
  t.regex(
    old.delegate().unsupportedReason(tflite, myriad) ?? '',
    /openvino 2022\.3\.1 reads ONNX and its own IR, no TFLite/,
  );
  t.is(current.delegate().unsupportedReason(tflite, npu), undefined);
  const quantized = {
    ...onnx,
    header: {...onnx.header, operators: [{name: 'QLinearConv', count: 3, custom: false}]},
  };
  t.regex(old.delegate().unsupportedReason(quantized, myriad) ?? '', /quantized to 8 bits.*FP16/);
  t.is(current.delegate().unsupportedReason(quantized, npu), undefined);
  const compiled = {...tflite, header: {...tflite.header, edgetpuCompiled: true}};
  t.regex(current.delegate().unsupportedReason(compiled, npu) ?? '', /compiled for the Edge TPU/);
});
