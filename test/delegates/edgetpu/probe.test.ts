import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {edgetpu} from '../../../delegates/edgetpu/index.ts';
import type {Device} from '../../../src/delegate/contract.ts';
import {createDelegate} from '../../helpers/delegate.ts';
import {fakeRoot} from '../../helpers/fake-root.ts';
import {library, onPciBus, type PcieOptions, pcieModule, processNamed, raspberryPi5, usbStick} from './sysroots.ts';

async function probe(t: ExecutionContext, files: Readonly<Record<string, string>>): Promise<readonly Device[]> {
  return createDelegate(edgetpu, {}, {sysroot: await fakeRoot(t, files)}).probe();
}

async function only(t: ExecutionContext, files: Readonly<Record<string, string>>): Promise<Device> {
  const devices = await probe(t, files);
  t.is(devices.length, 1);
  return devices[0] ?? t.fail();
}

test('a stick that was never opened is there under its first USB id', async t => {
  const device = await only(t, {...library, ...usbStick('1-1.2')});

  t.like(device, {id: 'usb:0', name: 'Edge TPU on USB 1-1.2'});
  t.is(device.problem, undefined);
  t.regex(device.facts?.state ?? '', /waits for its first open/);
  t.regex(device.facts?.library ?? '', /libedgetpu\.so\.1$/);
});

test('a stick keeps its number when another id shows that it was opened', async t => {
  const before = await probe(t, {...library, ...usbStick('1-1'), ...usbStick('2-1')});
  const after = await probe(t, {...library, ...usbStick('1-1', {started: true}), ...usbStick('2-1')});

  t.deepEqual(
    before.map(({id, name}) => `${id} ${name}`),
    ['usb:0 Edge TPU on USB 1-1', 'usb:1 Edge TPU on USB 2-1'],
  );
  t.deepEqual(
    after.map(({id, name}) => `${id} ${name}`),
    before.map(({id, name}) => `${id} ${name}`),
  );
});

test('the library is told a stick’s number as it counts: those that wait for their firmware first', async t => {
  const devices = await probe(t, {...library, ...usbStick('1-1', {started: true}), ...usbStick('2-1')});

  t.deepEqual(
    devices.map(device => 'pluginDevice' in device && device.pluginDevice),
    ['usb:1', 'usb:0'],
  );
});

test('addresses are ordered by their numbers', async t => {
  const devices = await probe(t, {...library, ...usbStick('1-1.10'), ...usbStick('1-1.9')});

  t.deepEqual(
    devices.map(({name}) => name),
    ['Edge TPU on USB 1-1.9', 'Edge TPU on USB 1-1.10'],
  );
});

test('a stick on USB 2 can be used, and says that it is slow', async t => {
  const device = await only(t, {...library, ...usbStick('1-1', {speed: 480})});

  t.is(device.problem, undefined);
  t.regex(device.facts?.link ?? '', /^USB 2 \(480 Mbit\/s\): runs take about three times as long/);
});

test('a stick whose node is not visible is in a container', async t => {
  const {problem} = await only(t, {...library, ...usbStick('1-1', {visible: false})});

  t.is(problem?.reason, '/dev/bus/usb/001/011 is not visible here');
  t.regex(problem?.remedy ?? '', /-v \/dev\/bus\/usb:\/dev\/bus\/usb/);
});

test('other devices on the bus are none', async t => {
  t.deepEqual(
    await probe(t, {'/sys/bus/usb/devices/1-1/idVendor': '18d1\n', '/sys/bus/usb/devices/1-1/idProduct': '4ee7\n'}),
    [],
  );
});

test('without its library a device is named, with the problem and the package', async t => {
  const {problem} = await only(t, {...usbStick('1-1'), '/etc/os-release': 'VERSION_CODENAME=bookworm\n'});

  t.is(problem?.reason, 'its library libedgetpu.so.1 is not installed');
  t.regex(problem?.remedy ?? '', /libedgetpu1-std_\*_arm64\.deb for bookworm .*feranick/);
});

test('where Coral’s repository is set up, its package is named', async t => {
  const {problem} = await only(t, {
    ...usbStick('1-1'),
    '/etc/apt/sources.list.d/coral.list': 'deb https://packages.cloud.google.com/apt coral-edgetpu-stable main\n',
  });

  t.is(problem?.remedy, 'sudo apt-get install libedgetpu1-std');
});

test('a library that only the loader’s cache knows is found', async t => {
  const device = await only(t, {
    ...usbStick('1-1'),
    '/etc/ld.so.cache': 'glibc-ld.so.cache1.1\0libedgetpu.so.1\0/opt/coral/libedgetpu.so.1\0libc.so.6\0',
    '/opt/coral/libedgetpu.so.1': 'elf',
  });

  t.regex(device.facts?.library ?? '', /\/opt\/coral\/libedgetpu\.so\.1$/);
});

test('a configured library that cannot be read is named by its key', async t => {
  const sysroot = await fakeRoot(t, {...library, ...usbStick('1-1')});
  const [device] = await createDelegate(edgetpu, {library: '/no/such/libedgetpu.so.1'}, {sysroot}).probe();

  t.deepEqual(device?.problem, {
    reason: 'its library /no/such/libedgetpu.so.1 cannot be read',
    remedy: 'Correct delegates.edgetpu.library, or remove it to use the installed one.',
  });
});

test('a PCIe module tells temperature, link and driver', async t => {
  const device = await only(t, {...library, ...pcieModule(0)});

  t.like(device, {id: 'pci:0', name: 'Edge TPU at /dev/apex_0', temperatureC: 45.3});
  t.like(device.facts, {address: '0000:01:00.0', link: 'PCIe 5.0 GT/s PCIe x1', driver: 'apex 1.2'});
  t.is(device.problem, undefined);
});

test('PCIe modules come before sticks, by number', async t => {
  const devices = await probe(t, {...library, ...usbStick('1-1'), ...pcieModule(10), ...pcieModule(2)});

  t.deepEqual(
    devices.map(({id}) => id),
    ['pci:2', 'pci:10', 'usb:0'],
  );
});

const throttled = test.macro(async (t, temp: number, expected: RegExp) => {
  const device = await only(t, {...library, ...pcieModule(0, {temp})});

  t.is(device.problem, undefined);
  t.regex(device.facts?.throttled ?? '', expected);
});
test('a module above its first trip point runs at half speed', throttled, 86_000, /^86 °C: runs at 250 of 500 MHz/);
test('a module above its second trip point runs at a quarter', throttled, 91_000, /runs at 125 of 500 MHz/);
test('a module above its third trip point runs at an eighth', throttled, 95_000, /runs at 62\.5 of 500 MHz/);

test('a hot module comes after a cool one', async t => {
  const devices = await probe(t, {...library, ...pcieModule(0, {temp: 92_000}), ...pcieModule(1)});

  t.deepEqual(
    devices.map(({id}) => id),
    ['pci:1', 'pci:0'],
  );
});

const unusable = test.macro(async (t, options: PcieOptions, reason: string, remedy: RegExp) => {
  const device = await only(t, {...library, ...pcieModule(0, options)});

  t.is(device.problem?.reason, reason);
  t.regex(device.problem?.remedy ?? '', remedy);
});
test(
  'a module at its shutdown temperature is not used',
  unusable,
  {temp: 99_900},
  'too hot: 99.9 °C, and it shuts down at 99.8 °C',
  /heat sink or fan/,
);
test(
  'a module that its driver calls dead is not used',
  unusable,
  {status: 'DEAD'},
  'its driver says that it is DEAD',
  /modprobe/,
);
test(
  'a module that a container does not see is not used',
  unusable,
  {visible: false},
  '/dev/apex_0 is not visible here, though the driver has the device',
  /--device \/dev\/apex_0/,
);

test('a sensor that reads nonsense is not believed', async t => {
  const device = await only(t, {...library, ...pcieModule(0, {temp: -89_700})});

  t.is(device.temperatureC, undefined);
  t.is(device.problem, undefined);
});

test('a module that another program owns names that program', async t => {
  const {problem} = await only(t, {...library, ...pcieModule(0, {owner: 4711}), ...processNamed(4711, 'python3', 1)});

  t.is(problem?.reason, 'in use by python3 (process 4711)');
  t.regex(problem?.remedy ?? '', /remote delegate/);
});

test('a module that our own host program owns can be shared', async t => {
  const files = {...library, ...pcieModule(0, {owner: 4711}), ...processNamed(4711, 'dunlin-host', process.pid)};

  t.is((await only(t, files)).problem, undefined);
});

test('an owner outside the container is no problem: it may be ourselves', async t => {
  t.is((await only(t, {...library, ...pcieModule(0, {owner: 4711})})).problem, undefined);
});

test('a module on the bus without its driver says how to install it', async t => {
  const device = await only(t, {...library, ...onPciBus('0000:01:00.0')});

  t.like(device, {id: 'pci:0', name: 'Edge TPU on PCI 0000:01:00.0'});
  t.is(device.problem?.reason, 'its driver (gasket, apex) is not loaded');
  t.regex(device.problem?.remedy ?? '', /apt-get install gasket-dkms && sudo modprobe apex/);
});

test('on a Raspberry Pi 5 the overlays are named', async t => {
  const bare = await only(t, {...library, ...raspberryPi5, ...onPciBus('0000:01:00.0')});
  const loaded = await only(t, {
    ...library,
    ...raspberryPi5,
    ...onPciBus('0000:01:00.0'),
    '/sys/module/apex/refcnt': '0\n',
  });

  t.regex(bare.problem?.remedy ?? '', /dtoverlay=pciex1-compat-pi5,no-mip/);
  t.is(loaded.problem?.reason, 'its driver (apex) is loaded, but did not take it');
  t.regex(loaded.problem?.remedy ?? '', /dtoverlay=pcie-32bit-dma-pi5/);
});

test('one module with and one without a driver are two devices', async t => {
  const devices = await probe(t, {...library, ...pcieModule(0), ...onPciBus('0000:07:00.0')});

  t.deepEqual(
    devices.map(({id, problem}) => `${id} ${problem === undefined}`),
    ['pci:0 true', 'pci:1 false'],
  );
});

test('a stick that is pulled out is gone at the next look', async t => {
  const sysroot = await fakeRoot(t, {...library, ...usbStick('1-1'), ...usbStick('2-1')});
  const delegate = createDelegate(edgetpu, {}, {sysroot});

  t.is((await delegate.probe()).length, 2);
  await rm(join(sysroot, 'sys/bus/usb/devices/1-1'), {recursive: true});
  const left = await delegate.probe();
  t.is(left.length, 1);
  t.is(left[0]?.name, 'Edge TPU on USB 2-1');
});

test('absence tells missing hardware from a missing driver', async t => {
  const bare = createDelegate(edgetpu, {}, {sysroot: await fakeRoot(t, {'/etc/': ''})});
  const installed = createDelegate(edgetpu, {}, {sysroot: await fakeRoot(t, library)});

  const [nothing, noHardware] = [await bare.absence(), await installed.absence()];
  t.regex(nothing.reason, /no Edge TPU on USB .* and its library libedgetpu\.so\.1 is not installed/);
  t.regex(nothing.remedy, /apt-get install libedgetpu1-std/);
  t.is(noHardware.reason, 'no Edge TPU on USB (1a6e:089a, 18d1:9302) or PCIe (1ac1:089a)');
  t.notRegex(noHardware.remedy, /libedgetpu1/);
});

const ordered = test.macro(
  async (t, sessions: Readonly<Record<string, number>>, turn: number, expected: readonly string[]) => {
    const sysroot = await fakeRoot(t, {...library, ...usbStick('1-1'), ...usbStick('2-1')});
    const occupancy = async () => ({sessions: new Map(Object.entries(sessions)), turn});
    const hosts = {occupancy, connect: () => Promise.reject(new Error('not used'))};

    const devices = await createDelegate(edgetpu, {}, {sysroot, hosts}).probe();
    t.deepEqual(
      devices.map(({id}) => id),
      expected,
    );
  },
);
test('devices with fewer sessions come first', ordered, {'edgetpu /sys/bus/usb/devices/1-1': 1}, 0, ['usb:1', 'usb:0']);
test('equally busy devices come in order for the first thread', ordered, {}, 0, ['usb:0', 'usb:1']);
test('equally busy devices begin at the next one for the next thread', ordered, {}, 1, ['usb:1', 'usb:0']);
test('equally busy devices come round again', ordered, {}, 2, ['usb:0', 'usb:1']);
