import {copyFile, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test from 'ava';
import {NativeUnavailableError} from '../../src/error/errors.ts';
import {candidates, load} from '../../src/native/load.ts';

const [local, prebuilt] = candidates({});

test('the local build comes before the prebuilt one, and a named file before both', t => {
  t.true(local?.endsWith(`build/linux-${process.arch}/dunlin.node`));
  t.true(prebuilt?.endsWith(`npm/linux-${process.arch}/dunlin.node`));
  t.deepEqual(candidates({DUNLIN_ADDON: '/opt/dunlin.node'}), ['/opt/dunlin.node']);
});

test('the next file is taken when one is missing', t => {
  t.is(typeof load(['/nowhere/dunlin.node', local ?? ''], 'linux-x64').laneCreate, 'function');
});

test('a missing addon names every file tried and how to build one', t => {
  const error = t.throws(() => load(['/nowhere/a.node', '/nowhere/b.node'], 'linux-arm64'), {
    instanceOf: NativeUnavailableError,
  });
  t.is(
    error?.message,
    'native: the addon cannot be loaded on linux-arm64\n  /nowhere/a.node: no such file\n  /nowhere/b.node: no such file',
  );
  t.regex(
    (error as NativeUnavailableError).hint,
    /node scripts\/build-addon\.mjs --force .*apt-get install gcc libc6-dev/,
  );
});

test('a file of another system says so', async t => {
  const folder = await mkdtemp(path.join(tmpdir(), 'dunlin-load-'));
  t.teardown(() => rm(folder, {recursive: true, force: true}));
  const file = path.join(folder, 'dunlin.node');
  await copyFile(local ?? '', file);
  await writeFile(file, 'MZ', {flag: 'r+'});
  const error = t.throws(() => load([file], 'linux-x64'), {instanceOf: NativeUnavailableError});
  t.regex((error as NativeUnavailableError).hint, /built for another system/);
});

test('a system that is not Linux is told so', t => {
  const error = t.throws(() => load(['/nowhere/a.node'], 'darwin-arm64'), {instanceOf: NativeUnavailableError});
  t.regex((error as NativeUnavailableError).hint, /darwin-arm64 is not supported/);
});
