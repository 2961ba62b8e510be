import test from 'ava';
import {detectSystem} from '../../src/profile/detect.ts';
import {Sysroot} from '../../src/system/sysroot.ts';
import {fakeRoot} from '../helpers/fake-root.ts';

const usb = (address: string, vendor: string, product: string) => ({
  [`sys/bus/usb/devices/${address}/idVendor`]: `${vendor}\n`,
  [`sys/bus/usb/devices/${address}/idProduct`]: `${product}\n`,
});

test('USB devices are listed with their ids', async t => {
  const root = await fakeRoot(t, {...usb('1-1', '0bda', '8153'), ...usb('usb1', '1d6b', '0002')});
  const {facts} = await detectSystem(new Sysroot(root));
  t.deepEqual(
    facts.usb.map(({id}) => id),
    ['0bda:8153', '1d6b:0002'],
  );
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
