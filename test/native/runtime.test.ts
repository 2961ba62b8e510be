import {copyFile, mkdir, mkdtemp, readdir, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test from 'ava';
import {NativeUnavailableError} from '../../src/error/errors.ts';
import {loadNative} from '../../src/native/load.ts';
import {findTflite} from '../../src/native/runtime.ts';
import {installRuntime} from '../../src/native/runtime-install.ts';
import {cacheDir, pinForGlibc, runtimePath} from '../../src/native/runtime-paths.ts';
import {findTurbojpeg} from '../../src/native/turbojpeg.ts';

const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
const addon = loadNative();

async function temporaryFolder(t: {teardown(fn: () => unknown): void}): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'dunlin-runtime-'));
  t.teardown(() => rm(folder, {recursive: true, force: true}));
  return folder;
}

test('the cache folder is the configured one, else the desktop standard, else below the home folder', t => {
  t.is(cacheDir({DUNLIN_CACHE_DIR: '/var/cache/dunlin', XDG_CACHE_HOME: '/x'}), '/var/cache/dunlin');
  t.is(cacheDir({XDG_CACHE_HOME: '/x'}), '/x/dunlin');
  t.regex(cacheDir({}), /\/\.cache\/dunlin$/);
});

test('the version follows the C library', t => {
  t.is(pinForGlibc([2, 36])?.version, '2.21.0');
  t.is(pinForGlibc([2, 34])?.version, '2.21.0');
  t.is(pinForGlibc([2, 31])?.version, '2.18.0');
  t.is(pinForGlibc([3, 0])?.version, '2.21.0');
  t.is(pinForGlibc([2, 29]), undefined);
  t.is(pinForGlibc(undefined), undefined);
});

test('a configured library wins over the environment', async t => {
  const {path: configuredPath} = await installRuntime({version: '2.18.0'});
  const found = findTflite({configuredPath, env: {DUNLIN_TFLITE_LIBRARY: '/nowhere.so'}, addon});
  t.like(found, {
    path: configuredPath,
    version: '2.18.0',
    origin: 'configured',
    xnnpack: true,
    externalDelegates: true,
  });
});

test('a configured library that cannot be opened is an error, whatever else is installed', t => {
  t.throws(() => findTflite({env: {DUNLIN_TFLITE_LIBRARY: '/nowhere.so'}, addon}), {
    instanceOf: NativeUnavailableError,
    message: /\n {2}\/nowhere\.so: cannot open shared object file/,
  });
});

test('the installed library is found in the cache folder, the newest first', async t => {
  const cache = await temporaryFolder(t);
  for (const version of ['2.18.0', '2.21.0'] as const) {
    const {path: source} = await installRuntime({version});
    const target = runtimePath(version, arch, cache);
    await mkdir(path.dirname(target), {recursive: true});
    await copyFile(source, target);
    t.like(findTflite({env: {DUNLIN_CACHE_DIR: cache}, addon}), {path: target, version, origin: 'pinned'});
  }
});

test('when there is no library, the places tried and the command that helps are named', async t => {
  const cache = await temporaryFolder(t);
  const error = t.throws(() => findTflite({env: {DUNLIN_CACHE_DIR: cache}, addon}), {
    instanceOf: NativeUnavailableError,
  });
  for (const place of [
    'libtensorflowlite_c.so',
    runtimePath('2.21.0', arch, cache),
    runtimePath('2.18.0', arch, cache),
  ]) {
    t.true(error?.message.includes(`\n  ${place}: `), place);
  }
  t.regex((error as NativeUnavailableError).hint, /dunlin runtime install/);
});

test('installing what is there is quick and changes nothing', async t => {
  const first = await installRuntime();
  const progress: unknown[] = [];
  const second = await installRuntime({onProgress: step => progress.push(step)});
  t.deepEqual(second, {...first, installed: false});
  t.deepEqual(progress, []);
});

test('a damaged library is replaced, and nothing else is left behind', async t => {
  const cache = await temporaryFolder(t);
  const target = runtimePath('2.18.0', arch, cache);
  await mkdir(path.dirname(target), {recursive: true});
  await writeFile(target, 'cut short');
  const steps = new Set<string>();
  const both = await Promise.all(
    [1, 2].map(() => installRuntime({version: '2.18.0', cache, onProgress: ({step}) => steps.add(step)})),
  );
  t.like(both[0], {path: target, version: '2.18.0', reason: 'as asked', installed: true});
  t.true(steps.has('unpack'));
  t.is(findTflite({configuredPath: target, addon}).version, '2.18.0');
  t.deepEqual(await readdir(path.join(cache, 'runtime')), [path.basename(path.dirname(target))]);
});

test('a version that is not pinned is refused', async t => {
  const version = '1.0.0' as '2.18.0';
  await t.throwsAsync(installRuntime({version}), {
    instanceOf: NativeUnavailableError,
    message: /1\.0\.0 is not pinned/,
  });
});

test('a missing libturbojpeg is an answer with a reason', t => {
  const found = findTurbojpeg({configuredPath: '/nowhere/libturbojpeg.so.0', addon});
  t.is(found.library, undefined);
  t.regex('reason' in found ? found.reason : '', /No such file|cannot open shared object file/);
});
