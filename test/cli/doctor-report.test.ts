import test from 'ava';
import {buildConfigReport, configText} from '../../src/cli/config-report.ts';
import {buildDevicesReport, devicesText} from '../../src/cli/devices-report.ts';
import {buildDoctorReport, type DoctorOptions, type DoctorProbes} from '../../src/cli/doctor-report.ts';
import {doctorText} from '../../src/cli/doctor-text.ts';
import {checkConfig} from '../../src/config/config.ts';
import type {SeenDelegate} from '../../src/daemon/see-delegates.ts';
import {NativeUnavailableError} from '../../src/error/errors.ts';
import {loadProfiles} from '../../src/profile/load.ts';
import {boardRoot, fakeRoot} from '../helpers/fake-root.ts';

const profiles = await loadProfiles();

const well: DoctorProbes = {
  addon: async () => 'addon 1',
  runtime: async () => 'TFLite 2.21.0',
  jpeg: async () => 'libturbojpeg.so.0',
  cameras: async () => [{uri: 'rpicam:', name: 'imx708'}],
  delegates: async () => [{id: 'cpu', devices: [{id: 'cpu', name: 'Cortex-A72, 4 cores'}]}],
};

const process64 = {arch: 'arm64', nodeVersion: '22.18.0'};

async function report(options: Partial<DoctorOptions>) {
  return buildDoctorReport({
    sysroot: boardRoot('raspberry-pi-4'),
    profiles,
    probes: well,
    process: process64,
    ...options,
  });
}

async function check(id: string, options: Partial<DoctorOptions>) {
  return (await report(options)).checks.find(found => found.id === id);
}

test('the board, the profile and the reason are told', async t => {
  t.deepEqual(await check('board', {}), {
    id: 'board',
    status: 'ok',
    found: 'Raspberry Pi 4 Model B Rev 1.4',
    chosen: 'profile raspberry-pi-4 (device tree: raspberrypi,4-model-b)',
  });
});

test('a board that no profile knows is told how to get one', async t => {
  const board = await check('board', {sysroot: boardRoot('unknown-arm64')});
  t.like(board, {status: 'warn', found: 'Radxa ZERO 3W'});
  t.regex(board?.remedy ?? '', /adding-a-board/);
});

test('a missing library fails with the hint of the error', async t => {
  const runtime = () =>
    Promise.reject(new NativeUnavailableError('tflite: not found', 'Run `dunlin runtime install`.'));
  const {checks, status} = await report({probes: {...well, runtime}});
  t.deepEqual(
    checks.find(({id}) => id === 'tflite'),
    {
      id: 'tflite',
      status: 'fail',
      found: 'tflite: not found',
      remedy: 'Run `dunlin runtime install`.',
    },
  );
  t.is(status, 'fail');
});

test('a missing JPEG library is only a warning', async t => {
  t.like(await check('jpeg', {probes: {...well, jpeg: () => Promise.reject(new Error('gone'))}}), {
    status: 'warn',
    found: 'gone',
  });
});

test('no camera means the demonstration clip', async t => {
  t.like(await check('camera', {probes: {...well, cameras: async () => []}}), {
    status: 'warn',
    found: 'none',
    chosen: 'the demonstration clip',
  });
});

test('a camera search that fails is a warning, and the rest goes on', async t => {
  const {checks} = await report({probes: {...well, cameras: () => Promise.reject(new Error('v4l2: busy'))}});
  t.like(
    checks.find(({id}) => id === 'camera'),
    {status: 'warn', found: 'v4l2: busy'},
  );
  t.true(checks.some(({id}) => id === 'models:tflite'));
});

test('missing ffmpeg comes with the command that installs it', async t => {
  t.like(await check('ffmpeg', {}), {status: 'warn', remedy: 'sudo apt-get install ffmpeg'});
});

test('32-bit programs on a 64-bit kernel fail', async t => {
  t.like(await check('architecture', {process: {arch: 'arm', nodeVersion: '20.0.0'}}), {
    status: 'fail',
    found: 'arm programs on an arm64 kernel',
  });
});

const glibc = test.macro(async (t, version: string, expected: object) => {
  const root = await fakeRoot(t, {
    'proc/sys/kernel/arch': 'aarch64\n',
    'lib/aarch64-linux-gnu/libc.so.6': `GNU C Library (Ubuntu GLIBC ${version}) stable release version ${version}.\n`,
  });
  t.like(await check('glibc', {sysroot: root}), expected);
});

test('glibc 2.36 takes the current TFLite', glibc, '2.36', {status: 'ok', chosen: 'TFLite 2.21'});
test('glibc 2.34 takes the current TFLite', glibc, '2.34', {status: 'ok', chosen: 'TFLite 2.21'});
test('glibc 2.31 takes the older TFLite', glibc, '2.31', {status: 'ok', chosen: 'TFLite 2.18'});
test('glibc 2.27 fails', glibc, '2.27', {status: 'fail', found: 'glibc 2.27, older than 2.30'});

test('heat and low voltage are told with what helps', async t => {
  const root = await fakeRoot(t, {
    'proc/device-tree/compatible': 'raspberrypi,4-model-b\0brcm,bcm2711\0',
    'sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
    'sys/class/thermal/thermal_zone0/temp': '82000\n',
    'sys/devices/platform/soc/soc:firmware/get_throttled': '50005\n',
  });
  t.deepEqual(await check('temperature', {sysroot: root}), {
    id: 'temperature',
    status: 'warn',
    found: '82 °C (cpu-thermal), slows down from 80 °C',
    remedy: 'Add a heat sink or fan.',
  });
  t.deepEqual(await check('throttling', {sysroot: root}), {
    id: 'throttling',
    status: 'warn',
    found: 'now: under-voltage, throttled',
    remedy: "Use the board's own power supply and a short cable.",
  });
});

test('a board without limits in its profile is held against the trip points of its kernel', async t => {
  const zone = 'sys/class/thermal/thermal_zone0';
  const root = await fakeRoot(t, {
    'proc/device-tree/compatible': 'nvidia,jetson-nano\0nvidia,tegra210\0',
    [`${zone}/type`]: 'CPU-therm\n',
    [`${zone}/temp`]: '98000\n',
    [`${zone}/trip_point_0_type`]: 'critical\n',
    [`${zone}/trip_point_0_temp`]: '102500\n',
    [`${zone}/trip_point_1_type`]: 'passive\n',
    [`${zone}/trip_point_1_temp`]: '97000\n',
    [`${zone}/trip_point_2_type`]: 'active\n',
    [`${zone}/trip_point_2_temp`]: '51000\n',
  });
  t.like(await check('temperature', {sysroot: root}), {
    status: 'warn',
    found: '98 °C (CPU-therm), slows down from 97 °C',
  });
});

const noPermission = {reason: 'no permission for /dev/apex_0', remedy: 'sudo usermod -aG apex dunlin'};
const seen: readonly SeenDelegate[] = [
  {id: 'cpu', devices: [{id: 'cpu', name: 'Cortex-A72, 4 cores'}]},
  {
    id: 'edgetpu',
    devices: [
      {id: 'pci:0', name: 'Edge TPU', problem: noPermission},
      {id: 'usb:0', name: 'Edge TPU', temperatureC: 51.5, facts: {link: 'USB 3'}},
    ],
  },
  {id: 'movidius', devices: [], absence: {reason: 'no OpenVINO library', remedy: 'Install OpenVINO.'}},
  {id: 'server', use: 'remote', devices: [], absence: {reason: 'box does not answer', remedy: 'Start it.'}},
];
const withSeen = {...well, delegates: async () => seen};

test('a device that can be used is told with what is known about it', async t => {
  t.deepEqual(await check('delegate:edgetpu:usb:0', {probes: withSeen}), {
    id: 'delegate:edgetpu:usb:0',
    status: 'ok',
    found: 'Edge TPU (51.5 °C, link USB 3)',
  });
});

test('a device that is seen and cannot be used comes with its remedy', async t => {
  t.deepEqual(await check('delegate:edgetpu:pci:0', {probes: withSeen}), {
    id: 'delegate:edgetpu:pci:0',
    status: 'warn',
    found: 'Edge TPU: no permission for /dev/apex_0',
    remedy: 'sudo usermod -aG apex dunlin',
  });
});

test('hardware that nobody counts on may be absent', async t => {
  t.deepEqual(await check('delegate:movidius', {probes: withSeen}), {
    id: 'delegate:movidius',
    status: 'ok',
    found: 'no OpenVINO library',
    chosen: 'not used',
  });
});

test('what the configuration counts on and does not get comes with its remedy', async t => {
  const counted = config(
    'delegates: {server: {use: remote}}\npipelines: {a: {source: "test:", model: flood-water, delegates: [movidius, cpu]}}',
  );
  t.like(await check('delegate:movidius', {probes: withSeen, config: counted}), {
    status: 'warn',
    remedy: 'Install OpenVINO.',
  });
  t.like(await check('delegate:server', {probes: withSeen, config: counted}), {
    status: 'warn',
    found: 'remote: box does not answer',
    remedy: 'Start it.',
  });
});

test('for each kind of model: the order, what is chosen, what takes over, and what was rejected because', async t => {
  const {checks} = await report({probes: withSeen});
  const byId = new Map(checks.map(found => [found.id, found]));
  t.like(byId.get('models:onnx'), {status: 'ok', chosen: 'cpu on Cortex-A72, 4 cores'});
  t.regex(byId.get('models:onnx')?.found ?? '', /^order movidius, .*cpu.*; not movidius \(no OpenVINO library\)/);
  t.like(byId.get('models:tflite-edgetpu'), {status: 'ok', chosen: 'edgetpu on Edge TPU, then cpu'});
  t.regex(byId.get('models:tflite-edgetpu')?.found ?? '', /not edgetpu:pci:0 \(no permission for/);
});

test('compiled models without their accelerator are no fault', async t => {
  t.like(await check('models:tflite-edgetpu', {}), {
    status: 'ok',
    chosen: 'cpu on Cortex-A72, 4 cores, with the model that it was compiled from',
  });
});

test('without any delegate models cannot run', async t => {
  t.like(await check('models:tflite', {probes: {...well, delegates: async () => []}}), {status: 'fail'});
});

function config(yaml: string) {
  const checked = checkConfig(yaml, 'd.yaml', {folder: '/etc/dunlin', hostName: 'pi'});
  return {file: 'd.yaml', ...checked};
}

test('every problem of the configuration is a failed check', async t => {
  const {checks} = await report({config: config('profil: auto\nbroker: {port: -1}\n')});
  t.deepEqual(
    checks.filter(({id}) => id === 'config'),
    [
      {
        id: 'config',
        status: 'fail',
        found: 'd.yaml:1:1: profil: expected a known key, got an unknown one',
        remedy: 'Did you mean "profile"?',
      },
      {
        id: 'config',
        status: 'fail',
        found: 'd.yaml:2:16: broker.port: expected a whole number from 0 to 65535, got -1',
        remedy: 'port: port of the embedded broker; 0 takes a free one',
      },
    ],
  );
});

test('files that the configuration names and nobody can read fail', async t => {
  const {checks} = await report({
    config: config(
      'pipelines: {a: {source: "test:", model: gone.tflite}, b: {source: "test:", model: flood-water}}\nmqtt: {passwordFile: gone}\n' +
        'delegates: {remote: {url: "http://box", tls: {caFile: gone.pem}}, jetson: {library: libonnxruntime.so}}',
    ),
  });
  t.deepEqual(
    checks.filter(({id}) => id.startsWith('config')).map(({id, found}) => [id, found]),
    [
      ['config', 'd.yaml: pipelines a, b'],
      ['config:mqtt.passwordFile', '/etc/dunlin/gone cannot be read (ENOENT)'],
      ['config:pipelines.a.model', '/etc/dunlin/gone.tflite cannot be read (ENOENT)'],
      ['config:delegates.remote.tls.caFile', '/etc/dunlin/gone.pem cannot be read (ENOENT)'],
    ],
  );
});

test('the profile that the configuration names is taken', async t => {
  t.is((await report({config: config('profile: jetson-nano')})).profile.id, 'jetson-nano');
});

test('the text shows what was found, what was chosen and what to do', async t => {
  const text = doctorText(await report({}));
  t.regex(text, /^ok {4}board +Raspberry Pi 4 Model B Rev 1\.4\n +chosen: profile raspberry-pi-4/m);
  t.regex(text, /^warn {2}ffmpeg +not found: .*\n +to do: {2}sudo apt-get install ffmpeg$/m);
  t.regex(text, /\d+ to repair, \d+ to know about, \d+ well\.\n$/);
});

test('colours are the business of the caller', async t => {
  const full = await report({});
  t.notRegex(doctorText(full), new RegExp(String.fromCharCode(27)));
  t.regex(
    doctorText(full, (status, text) => `<${status}>${text}`),
    /^<ok>ok {4}board/m,
  );
});

test('devices lists board, cameras, delegates, and where each kind of model runs', async t => {
  const sysroot = await fakeRoot(t, {'proc/device-tree/model': 'Raspberry Pi 5 Model B Rev 1.0\0'});
  const devices = await buildDevicesReport({sysroot, profiles, probes: withSeen});
  const lines = devicesText(devices).split('\n');
  t.deepEqual(lines.slice(0, 10), [
    'board     Raspberry Pi 5 Model B Rev 1.0 (profile raspberry-pi-5)',
    'camera    rpicam:  imx708',
    'delegate  cpu  cpu  Cortex-A72, 4 cores',
    'delegate  edgetpu  pci:0  Edge TPU',
    '          cannot be used: no permission for /dev/apex_0',
    '          to do: sudo usermod -aG apex dunlin',
    'delegate  edgetpu  usb:0  Edge TPU, 51.5 °C',
    '          link: USB 3',
    'delegate  movidius  no device: no OpenVINO library',
    'delegate  server (remote)  no device: box does not answer',
  ]);
  t.true(lines.includes('models    tflite-edgetpu  edgetpu:usb:0, then cpu'));
  t.true(lines.includes('          not edgetpu:pci:0: no permission for /dev/apex_0'));
});

test('config check prints the problems and their number, or that all is well', async t => {
  t.is(
    configText(await buildConfigReport('profil: auto', 'd.yaml')),
    'd.yaml:1:1: profil: expected a known key, got an unknown one. Did you mean "profile"?\nd.yaml: 1 problem\n',
  );
  t.is(
    configText(await buildConfigReport('pipelines: {a: {source: "test:", model: m}}', 'd.yaml')),
    'd.yaml: good, pipelines a\n',
  );
});
