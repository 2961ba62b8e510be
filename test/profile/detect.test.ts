import {chmod} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import {detectSystem} from '../../src/profile/detect.ts';
import {Sysroot} from '../../src/profile/sysroot.ts';
import {boardRoot, fakeRoot} from './fake-root.ts';

const usb = (address: string, vendor: string, product: string, device = '4') => ({
  [`sys/bus/usb/devices/${address}/idVendor`]: `${vendor}\n`,
  [`sys/bus/usb/devices/${address}/idProduct`]: `${product}\n`,
  [`sys/bus/usb/devices/${address}/busnum`]: '1\n',
  [`sys/bus/usb/devices/${address}/devnum`]: `${device}\n`,
  [`dev/bus/usb/001/00${device}`]: '',
});

test('an Edge TPU on USB is seen before and after its first use', async t => {
  const root = await fakeRoot(t, {...usb('1-1', '1a6e', '089a'), ...usb('1-2.3', '18D1', '9302', '5')});
  const {accelerators} = await detectSystem(new Sysroot(root));
  t.deepEqual(
    accelerators.map(({delegate, kind, name, problem}) => [delegate, kind, name, problem]),
    [
      ['edgetpu', 'edgetpu-usb', 'Edge TPU (not yet initialised) on USB 1-1', undefined],
      ['edgetpu', 'edgetpu-usb', 'Edge TPU on USB 1-2.3', undefined],
    ],
  );
});

test('a Myriad X is seen before and after its first use', async t => {
  const root = await fakeRoot(t, {...usb('2-1', '03e7', '2485'), ...usb('2-2', '03e7', 'f63b', '5')});
  const {accelerators} = await detectSystem(new Sysroot(root));
  t.deepEqual(
    accelerators.map(({kind}) => kind),
    ['myriad', 'myriad'],
  );
});

test('an Edge TPU whose USB node is hidden comes with the remedy for containers', async t => {
  const files = usb('1-1', '1a6e', '089a');
  delete files['dev/bus/usb/001/004'];
  const {accelerators} = await detectSystem(new Sysroot(await fakeRoot(t, files)));
  t.is(accelerators[0]?.problem, '/dev/bus/usb/001/004 is not visible here');
  t.regex(accelerators[0]?.remedy ?? '', /--device \/dev\/bus\/usb/);
});

test('other USB devices are no accelerators', async t => {
  const root = await fakeRoot(t, {...usb('1-1', '0bda', '8153'), ...usb('usb1', '1d6b', '0002', '1')});
  const {accelerators, facts} = await detectSystem(new Sysroot(root));
  t.deepEqual(accelerators, []);
  t.deepEqual(
    facts.usb.map(({id}) => id),
    ['0bda:8153', '1d6b:0002'],
  );
});

const pci = {
  'sys/bus/pci/devices/0000:01:00.0/vendor': '0x1ac1\n',
  'sys/bus/pci/devices/0000:01:00.0/device': '0x089a\n',
};

test('an Edge TPU on PCIe without driver comes with the command that installs it', async t => {
  const {accelerators} = await detectSystem(new Sysroot(await fakeRoot(t, pci)));
  t.is(accelerators[0]?.name, 'Edge TPU on PCI 0000:01:00.0');
  t.regex(accelerators[0]?.remedy ?? '', /gasket-dkms/);
});

test('an Edge TPU on PCIe with its driver is seen once', async t => {
  const {accelerators} = await detectSystem(new Sysroot(await fakeRoot(t, {...pci, 'dev/apex_0': ''})));
  t.deepEqual(
    accelerators.map(({address, problem}) => [address, problem]),
    [['/dev/apex_0', undefined]],
  );
});

test('a device node that we may not open says how to change that', async t => {
  const root = await fakeRoot(t, {'dev/apex_0': ''});
  await chmod(join(root, 'dev/apex_0'), 0);
  const {accelerators} = await detectSystem(new Sysroot(root));
  const expected = process.getuid?.() === 0 ? undefined : 'no permission for /dev/apex_0';
  t.is(accelerators[0]?.problem, expected);
});

test('a Jetson has a GPU, and says so when a container hides it', async t => {
  const release = '# R32 (release), REVISION: 7.1, BOARD: t210ref\n';
  const open = await detectSystem(
    new Sysroot(await fakeRoot(t, {'etc/nv_tegra_release': release, 'dev/nvhost-gpu': ''})),
  );
  const hidden = await detectSystem(new Sysroot(boardRoot('jetson-nano')));
  t.like(open.accelerators[0], {delegate: 'jetson', address: '/dev/nvhost-gpu', problem: undefined});
  t.regex(hidden.accelerators[0]?.remedy ?? '', /--runtime nvidia/);
});

test('libraries, programs, the C library and the system are found where the system keeps them', async t => {
  const root = await fakeRoot(t, {
    'proc/sys/kernel/arch': 'aarch64\n',
    'usr/lib/aarch64-linux-gnu/libturbojpeg.so.0': '',
    'usr/lib/aarch64-linux-gnu/libedgetpu.so.1': '',
    'usr/lib/aarch64-linux-gnu/libnvinfer.so.8': '',
    'usr/local/lib/libtensorflowlite_c.so': '',
    'usr/lib/libtensorflowlite_c.so': '',
    'usr/bin/ffmpeg': '',
    'usr/bin/rpicam-vid': '',
    'lib/aarch64-linux-gnu/libc.so.6': Buffer.concat([
      Buffer.alloc(300_000, 0x7f),
      Buffer.from('GNU C Library (Debian GLIBC 2.36-9+deb12u10) stable release version 2.36.\n'),
    ]),
    'etc/os-release': 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    'proc/meminfo': 'MemTotal:        8000000 kB\nMemAvailable:    4000000 kB\n',
    'sys/devices/system/cpu/online': '0-2,5\n',
  });
  const system = await detectSystem(new Sysroot(root));
  t.deepEqual(system.libraries, [
    {name: 'tflite', path: '/usr/local/lib/libtensorflowlite_c.so'},
    {name: 'turbojpeg', path: '/usr/lib/aarch64-linux-gnu/libturbojpeg.so.0'},
    {name: 'edgetpu', path: '/usr/lib/aarch64-linux-gnu/libedgetpu.so.1'},
    {name: 'tensorrt', path: '/usr/lib/aarch64-linux-gnu/libnvinfer.so.8'},
  ]);
  t.like(system, {glibc: '2.36', os: 'Debian GNU/Linux 12 (bookworm)', cores: 4, memoryBytes: 8_192_000_000});
  t.like(system.programs, {ffmpeg: '/usr/bin/ffmpeg', 'rpicam-vid': '/usr/bin/rpicam-vid', raspistill: undefined});
});

test('this machine has an architecture, cores, memory and glibc', async t => {
  const system = await detectSystem(new Sysroot('/'));
  t.is(system.facts.arch, process.arch);
  t.true((system.cores ?? 0) > 0);
  t.true((system.memoryBytes ?? 0) > 0);
  t.regex(system.glibc ?? '', /^2\.\d+$/);
});
