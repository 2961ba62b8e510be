import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {autoOrder, boardProfile} from '../../src/daemon/profile.ts';
import {saveMeasured} from '../../src/engine/measured.ts';
import type {Model} from '../../src/model/model.ts';
import {boardRoot, fakeRoot} from '../helpers/fake-root.ts';

const model = (kind: 'tflite' | 'onnx', more: {compiled?: boolean; variant?: boolean} = {}) =>
  ({
    format: kind,
    sha256: 'aa',
    header: {edgetpuCompiled: more.compiled === true},
    manifest: {variants: more.variant ? {edgetpu: {file: 'x'}} : {}},
  }) as unknown as Model;

const server = {server: {use: 'remote', options: {url: 'http://127.0.0.1:1'}}};
const stick = {
  'sys/bus/usb/devices/1-1/idVendor': '1a6e\n',
  'sys/bus/usb/devices/1-1/idProduct': '089a\n',
};

test.before(() => {
  process.env.DUNLIN_CACHE_DIR = mkdtempSync(join(tmpdir(), 'dunlin-profile-'));
});
test.after.always(() => rmSync(process.env.DUNLIN_CACHE_DIR!, {recursive: true}));

test('auto is what is here: a board without accelerators has its processor', async t => {
  const profile = await boardProfile('auto', {sysroot: boardRoot('raspberry-pi-4')});
  t.deepEqual(autoOrder(profile, model('onnx')), ['cpu']);
  t.deepEqual(autoOrder(profile, model('onnx'), {withAbsent: true}).at(-1), 'cpu');
  t.true(autoOrder(profile, model('onnx'), {withAbsent: true}).length > 1);
  t.deepEqual(autoOrder(profile, model('tflite')), ['cpu']);
  t.deepEqual(autoOrder(profile, model('tflite', {variant: true})), ['cpu']);
});

test('a compiled model waits for its accelerator all the same', async t => {
  const profile = await boardProfile('auto', {sysroot: boardRoot('raspberry-pi-4')});
  t.deepEqual(autoOrder(profile, model('tflite', {compiled: true})), ['edgetpu', 'cpu']);
});

test('a stick that is plugged in is first for models that have a file for it', async t => {
  const profile = await boardProfile('auto', {sysroot: await fakeRoot(t, stick)});
  t.deepEqual(autoOrder(profile, model('tflite', {variant: true})), ['edgetpu', 'cpu']);
  t.deepEqual(autoOrder(profile, model('tflite')), ['cpu']);
});

test('a server takes part once it is set up, after everything that is here', async t => {
  const profile = await boardProfile('auto', {sysroot: boardRoot('raspberry-pi-4'), settings: server});
  t.deepEqual(autoOrder(profile, model('onnx')), ['cpu', 'server']);
  t.deepEqual(autoOrder(profile, model('tflite', {compiled: true})), ['edgetpu', 'cpu', 'server']);
});

test.serial('what was measured on this machine goes before the profile', async t => {
  const profile = await boardProfile('auto', {sysroot: boardRoot('raspberry-pi-4'), settings: server});
  const measured = (delegate: string, p50Ms: number) => ({
    ...{model: 'aa', delegate, device: 'x', engine: 'e', p50Ms, runs: 100, at: '2026-11-01T00:00:00Z'},
  });
  saveMeasured(process.env.DUNLIN_CACHE_DIR!, [measured('cpu', 40), measured('server', 9)]);
  t.deepEqual(autoOrder(profile, model('onnx')), ['server', 'cpu']);
  t.deepEqual(autoOrder(profile, {...model('onnx'), sha256: 'bb'}), ['cpu', 'server']);
  rmSync(join(process.env.DUNLIN_CACHE_DIR!, 'measured.json'));
});

test('a server without options is no part of it', async t => {
  const profile = await boardProfile('auto', {sysroot: boardRoot('raspberry-pi-4')});
  t.false(Object.values(profile.order).flat().includes('remote'));
});
