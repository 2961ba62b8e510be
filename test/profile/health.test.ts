import test from 'ava';
import {collectHealth} from '../../src/profile/health.ts';
import {decodeThrottling} from '../../src/profile/throttling.ts';
import {fakeRoot} from '../helpers/fake-root.ts';

const pi = {
  'sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
  'sys/class/thermal/thermal_zone0/temp': '48312\n',
  'sys/class/hwmon/hwmon0/name': 'cpu_thermal\n',
  'sys/class/hwmon/hwmon0/temp1_input': '48312\n',
  'sys/devices/platform/soc/soc:firmware/get_throttled': '50005\n',
  'sys/devices/system/cpu/online': '0-3\n',
  'proc/loadavg': '0.52 0.58 0.59 1/467 12345\n',
  'proc/meminfo': 'MemTotal:        1000000 kB\nMemFree:          100000 kB\nMemAvailable:     400000 kB\n',
  'run/systemd/timesync/synchronized': '',
};

test('a board tells temperature, throttling, load, memory and clock', async t => {
  const {memory, ...health} = await collectHealth(await fakeRoot(t, pi));
  t.deepEqual(health, {
    temperatures: [{zone: 'cpu-thermal', celsius: 48.3}],
    throttling: {now: ['under-voltage', 'throttled'], sinceBoot: ['under-voltage', 'throttled']},
    cpu: {load1: 0.52, cores: 4},
    clock: {synchronized: true},
  });
  t.like(memory, {totalBytes: 1_024_000_000, availableBytes: 409_600_000});
  t.true(memory.rssBytes > 1_000_000);
});

test('a board that tells nothing leaves the readings out', async t => {
  const health = await collectHealth(await fakeRoot(t, {}));
  t.deepEqual(Object.keys(health).sort(), ['memory', 'temperatures']);
  t.deepEqual(health.temperatures, []);
});

test('the limit of a container counts as its memory', async t => {
  const {memory} = await collectHealth(
    await fakeRoot(t, {
      ...pi,
      'sys/fs/cgroup/memory.max': '500000000\n',
      'sys/fs/cgroup/memory.current': '450000000\n',
    }),
  );
  t.like(memory, {totalBytes: 500_000_000, availableBytes: 50_000_000});
});

test('a container without limit has the memory of the system', async t => {
  const {memory} = await collectHealth(await fakeRoot(t, {...pi, 'sys/fs/cgroup/memory.max': 'max\n'}));
  t.is(memory.totalBytes, 1_024_000_000);
});

test('sensors that are no thermal zone, and Edge TPUs, are told with their names', async t => {
  const root = await fakeRoot(t, {
    'sys/class/hwmon/hwmon1/name': 'coretemp\n',
    'sys/class/hwmon/hwmon1/temp1_input': '55000\n',
    'sys/class/hwmon/hwmon1/temp1_label': 'Package id 0\n',
    'sys/class/hwmon/hwmon1/temp2_input': '54000\n',
    'sys/class/apex/apex_0/temp': '61250\n',
  });
  t.deepEqual((await collectHealth(root)).temperatures, [
    {zone: 'apex_0', celsius: 61.3},
    {zone: 'coretemp Package id 0', celsius: 55},
    {zone: 'coretemp', celsius: 54},
  ]);
});

test('a sensor that is switched off is not a temperature', async t => {
  const root = await fakeRoot(t, {
    'sys/class/thermal/thermal_zone0/temp': '-256000\n',
    'sys/class/thermal/thermal_zone1/temp': 'N/A\n',
    'sys/class/thermal/thermal_zone2/temp': '2147483647\n',
  });
  t.deepEqual((await collectHealth(root)).temperatures, []);
});

test('the address of the firmware differs between boards', async t => {
  const root = await fakeRoot(t, {'sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled': '0\n'});
  t.deepEqual((await collectHealth(root)).throttling, {now: [], sinceBoot: []});
});

test('each bit of the firmware word has its meaning', t => {
  t.deepEqual(decodeThrottling(0x00080002), {now: ['frequency-capped'], sinceBoot: ['soft-temperature-limit']});
});

test('the disk is that of the data folder', async t => {
  const folder = await fakeRoot(t, {});
  const {disk} = await collectHealth(folder, {dataFolder: folder});
  t.is(disk?.path, folder);
  t.true((disk?.totalBytes ?? 0) >= (disk?.freeBytes ?? 1));
  t.true(disk?.writable);
});

test('a data folder that is gone leaves the disk out', async t => {
  t.is((await collectHealth('/', {dataFolder: '/nonexistent/folder'})).disk, undefined);
});

test('this machine has a load', async t => {
  t.true(((await collectHealth('/')).cpu?.cores ?? 0) > 0);
});
