import test from 'ava';
import {loadProfiles, parseProfile} from '../../src/profile/load.ts';
import {matchProfile} from '../../src/profile/match.ts';
import type {Profile} from '../../src/profile/schema.ts';
import {hwaccels} from '../../src/source/options.ts';
import {boardRoot, fakeRoot} from '../helpers/fake-root.ts';

const profiles = await loadProfiles();

const board = test.macro(async (t, folder: string, id: string, firstReason: string) => {
  const {profile, score, why} = await matchProfile({sysroot: boardRoot(folder), profiles});
  t.is(profile.id, id);
  t.true(score > 0);
  t.is(why[0], firstReason);
});

test(
  'a Raspberry Pi Zero 2 W is known',
  board,
  'raspberry-pi-zero-2-w',
  'raspberry-pi-zero-2-w',
  'device tree: raspberrypi,model-zero-2-w',
);
test(
  'a Raspberry Pi 3 B+ is known',
  board,
  'raspberry-pi-3',
  'raspberry-pi-3',
  'device tree: raspberrypi,3-model-b-plus',
);
test('a Raspberry Pi 4 is known', board, 'raspberry-pi-4', 'raspberry-pi-4', 'device tree: raspberrypi,4-model-b');
test('a Raspberry Pi 5 is known', board, 'raspberry-pi-5', 'raspberry-pi-5', 'device tree: raspberrypi,5-model-b');
test('a Jetson Nano is known', board, 'jetson-nano', 'jetson-nano', 'device tree: nvidia,jetson-nano');
test(
  'a Jetson Xavier NX is known',
  board,
  'jetson-xavier-nx',
  'jetson-xavier-nx',
  'device tree: nvidia,p3509-0000+p3668-0000',
);
test(
  'a Jetson Orin Nano is known',
  board,
  'jetson-orin-nano',
  'jetson-orin-nano',
  'device tree: nvidia,p3768-0000+p3767-0005-super',
);
test('a PC gets the generic profile', board, 'pc-qemu', 'generic-x86-64', 'architecture x64');
test(
  'an arm64 board that nobody knows gets the generic profile',
  board,
  'unknown-arm64',
  'generic-arm64',
  'architecture arm64',
);

test('a Raspberry Pi 4 in a container is known by its cpuinfo alone', async t => {
  const root = await fakeRoot(t, {
    'proc/cpuinfo': 'processor\t: 0\nCPU architecture: 8\nModel\t\t: Raspberry Pi 4 Model B Rev 1.5\n',
  });
  const {profile, why} = await matchProfile({sysroot: root, profiles});
  t.is(profile.id, 'raspberry-pi-4');
  t.deepEqual(why, ['cpuinfo Model: Raspberry Pi 4 Model B Rev 1.5']);
});

test('a new board with a known chip is taken for its sibling', async t => {
  const root = await fakeRoot(t, {
    'proc/device-tree/compatible': 'raspberrypi,5-something-new\0brcm,bcm2712\0',
    'proc/device-tree/model': 'Something New\0',
    'proc/cpuinfo': 'processor\t: 0\nCPU architecture: 8\n',
  });
  t.is((await matchProfile({sysroot: root, profiles})).profile.id, 'raspberry-pi-5');
});

test('a Jetson Orin NX is not taken for an Orin Nano by name, only by its chip', async t => {
  const root = await fakeRoot(t, {
    'proc/device-tree/compatible': 'nvidia,p3768-0000+p3767-0000\0nvidia,p3767-0000\0nvidia,tegra234\0',
    'proc/device-tree/model': 'NVIDIA Jetson Orin NX Engineering Reference Developer Kit\0',
  });
  const {profile, why} = await matchProfile({sysroot: root, profiles});
  t.is(profile.id, 'jetson-orin-nano');
  t.deepEqual(why, ['device tree: nvidia,tegra234']);
});

test('a system that says nothing gets a generic profile and is told so', async t => {
  const {profile, score, why} = await matchProfile({sysroot: await fakeRoot(t, {}), profiles});
  t.true(profile.generic);
  t.is(score, 0);
  t.deepEqual(why, ['nothing about this board is known']);
});

test('a profile named by the configuration wins over every sign', async t => {
  const match = await matchProfile({sysroot: boardRoot('raspberry-pi-4'), profiles, id: 'jetson-nano'});
  t.is(match.profile.id, 'jetson-nano');
});

test('a profile that does not exist is refused with the ones that do', async t => {
  const error = await t.throwsAsync(matchProfile({sysroot: '/', profiles, id: 'raspberry-pi-9'}), {
    code: 'CONFIG_INVALID',
  });
  t.regex((error as {hint?: string}).hint ?? '', /raspberry-pi-5/);
});

test('without profiles there is nothing to choose', async t => {
  await t.throwsAsync(matchProfile({sysroot: '/', profiles: []}), {code: 'CONFIG_INVALID'});
});

function named(id: string, ...scores: readonly [path: string, score: number][]): Profile {
  const fingerprints = scores.map(([path, score]) => ({is: 'file', path, score}));
  const rest = {delegates: {}, threads: 1, cameras: [], ffmpeg: {hwaccel: 'none'}, sources: {}};
  return parseProfile(JSON.stringify({id, name: id, fingerprints, ...rest}), `${id}.json`);
}

test('scores add up', async t => {
  const root = await fakeRoot(t, {a: '', b: '', c: ''});
  const both = named('both', ['/a', 30], ['/b', 30]);
  const one = named('one', ['/c', 50]);
  t.is((await matchProfile({sysroot: root, profiles: [one, both]})).profile.id, 'both');
});

test('a tie goes to the profile with the strongest single sign', async t => {
  const root = await fakeRoot(t, {a: '', b: '', c: ''});
  const weak = named('a-weak', ['/a', 30], ['/b', 30]);
  const strong = named('z-strong', ['/c', 60]);
  t.is((await matchProfile({sysroot: root, profiles: [weak, strong]})).profile.id, 'z-strong');
});

test('a full tie goes to the first id, whatever the order', async t => {
  const root = await fakeRoot(t, {a: ''});
  const [x, y] = [named('x', ['/a', 5]), named('y', ['/a', 5])];
  t.is((await matchProfile({sysroot: root, profiles: [y, x]})).profile.id, 'x');
  t.is((await matchProfile({sysroot: root, profiles: [x, y]})).profile.id, 'x');
});

test('USB and PCI devices can be signs', async t => {
  const root = await fakeRoot(t, {
    'sys/bus/usb/devices/1-1/idVendor': '1a6e\n',
    'sys/bus/usb/devices/1-1/idProduct': '089a\n',
    'sys/bus/pci/devices/0000:01:00.0/vendor': '0x1AC1\n',
    'sys/bus/pci/devices/0000:01:00.0/device': '0x089a\n',
  });
  const profile: Profile = {
    ...named('with-tpu', ['/a', 1]),
    fingerprints: [
      {is: 'usb', id: '1a6e:089a', score: 3},
      {is: 'pci', id: '1ac1:089a', score: 2},
    ],
  };
  const {score, why} = await matchProfile({sysroot: root, profiles: [profile]});
  t.is(score, 5);
  t.deepEqual(why, ['usb 1a6e:089a at 1-1', 'pci 1ac1:089a at 0000:01:00.0']);
});

test('every profile asks for a way of decoding that sources know', t => {
  t.deepEqual(
    profiles.filter(({ffmpeg}) => !hwaccels.includes(ffmpeg.hwaccel)).map(({id}) => id),
    [],
  );
});

test('a profile that is no JSON, or not of the schema, is refused by name', t => {
  t.throws(() => parseProfile('{', 'x.json'), {code: 'CONFIG_INVALID', message: /^x\.json: is not JSON/});
  t.throws(() => parseProfile('{"id": "x"}', 'x.json'), {code: 'CONFIG_INVALID', message: /fingerprints/});
});
