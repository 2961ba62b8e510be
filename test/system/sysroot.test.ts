import {execFileSync} from 'node:child_process';
import {chmod, mkdir, symlink} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import {detectSystem} from '../../src/profile/detect.ts';
import {readFacts} from '../../src/profile/facts.ts';
import {collectHealth} from '../../src/profile/health.ts';
import {loadProfiles} from '../../src/profile/load.ts';
import {matchProfile} from '../../src/profile/match.ts';
import {Sysroot} from '../../src/system/sysroot.ts';
import {fakeRoot} from '../helpers/fake-root.ts';

const profiles = await loadProfiles();

const everyFile = [
  'proc/device-tree/model',
  'proc/device-tree/compatible',
  'proc/cpuinfo',
  'proc/meminfo',
  'proc/loadavg',
  'proc/sys/kernel/arch',
  'etc/nv_tegra_release',
  'etc/os-release',
  'sys/class/dmi/id/product_name',
  'sys/bus/usb/devices/1-1/idVendor',
  'sys/bus/usb/devices/1-1/idProduct',
  'sys/bus/pci/devices/0000:01:00.0/vendor',
  'sys/bus/pci/devices/0000:01:00.0/device',
  'sys/class/thermal/thermal_zone0/type',
  'sys/class/thermal/thermal_zone0/temp',
  'sys/class/hwmon/hwmon0/name',
  'sys/class/hwmon/hwmon0/temp1_input',
  'sys/class/apex/apex_0/temp',
  'sys/devices/platform/soc/soc:firmware/get_throttled',
  'sys/devices/system/cpu/online',
  'sys/fs/cgroup/memory.max',
  'lib/x86_64-linux-gnu/libc.so.6',
];

/** Everything that reads a system, on a root whose every file holds the same. */
async function readEverything(root: string) {
  const match = await matchProfile({sysroot: root, profiles});
  const system = await detectSystem(new Sysroot(root));
  const health = await collectHealth(root);
  return {match, system, health};
}

const filledWith = test.macro(async (t, content: string | Buffer) => {
  const root = await fakeRoot(t, Object.fromEntries(everyFile.map(path => [path, content])));
  const {match, system, health} = await readEverything(root);
  t.true(match.profile.generic);
  t.deepEqual([system.facts.usb, system.facts.pci], [[], []]);
  t.deepEqual([health.temperatures, health.throttling, health.cpu], [[], undefined, undefined]);
});

test('empty files say nothing', filledWith, '');
test(
  'binary files say nothing',
  filledWith,
  Buffer.from(Array.from({length: 5000}, (_, index) => (index * 151) % 256)),
);
test('files of many megabytes say nothing', filledWith, Buffer.alloc(20_000_000, 'x'));
test('long lines of digits say nothing', filledWith, '9'.repeat(100_000));

test('folders where files belong say nothing', async t => {
  const root = await fakeRoot(t, Object.fromEntries(everyFile.map(path => [`${path}/`, ''])));
  const {match, health} = await readEverything(root);
  t.true(match.profile.generic);
  t.deepEqual(health.temperatures, []);
});

test('a pipe that nobody writes to does not hold us up', async t => {
  const root = await fakeRoot(t, {'proc/device-tree/': ''});
  execFileSync('mkfifo', [join(root, 'proc/device-tree/model'), join(root, 'proc/cpuinfo')]);
  t.is((await readFacts(new Sysroot(root))).model, undefined);
});

test('a link that leads out of the root is not followed', async t => {
  const outside = await fakeRoot(t, {model: 'Raspberry Pi 5 Model B'});
  const root = await fakeRoot(t, {'proc/device-tree/': ''});
  await symlink(join(outside, 'model'), join(root, 'proc/device-tree/model'));
  t.is((await readFacts(new Sysroot(root))).model, undefined);
});

test('a link inside the root is followed, as sysfs needs', async t => {
  const root = await fakeRoot(t, {'sys/firmware/devicetree/base/model': 'Raspberry Pi 5\0', 'proc/': ''});
  await symlink('../sys/firmware/devicetree/base', join(root, 'proc/device-tree'));
  t.is((await readFacts(new Sysroot(root))).model, 'Raspberry Pi 5');
});

test('a link to itself says nothing', async t => {
  const root = await fakeRoot(t, {'proc/device-tree/': ''});
  await symlink('model', join(root, 'proc/device-tree/model'));
  t.is((await readFacts(new Sysroot(root))).model, undefined);
});

test('a root that is not there says nothing', async t => {
  const {match} = await readEverything('/nonexistent/root');
  t.is(match.score, 0);
});

test('a file without permission says nothing', async t => {
  const root = await fakeRoot(t, {'proc/device-tree/model': 'Raspberry Pi 5\0'});
  await chmod(join(root, 'proc/device-tree/model'), 0);
  const expected = process.getuid?.() === 0 ? 'Raspberry Pi 5' : undefined;
  t.is((await readFacts(new Sysroot(root))).model, expected);
});

test('a path with .. stays inside the root', async t => {
  const outside = await fakeRoot(t, {secret: 'x'});
  await mkdir(join(outside, 'root'));
  const sysroot = new Sysroot(join(outside, 'root'));
  t.is(await sysroot.text('../secret'), undefined);
  t.false(await sysroot.exists('/../secret'));
});

test('only the first thousand entries of a folder are looked at', async t => {
  const files = Object.fromEntries(
    Array.from({length: 1100}, (_, index) => [`sys/class/thermal/thermal_zone${index}/temp`, '40000']),
  );
  const {temperatures} = await collectHealth(await fakeRoot(t, files));
  t.is(temperatures.length, 64);
});
