import {execFile} from 'node:child_process';
import {rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {promisify} from 'node:util';
import test from 'ava';
import {DelegateUnavailableError, NativeUnavailableError} from '../../../src/error/errors.ts';
import {listHostDevices} from '../../../src/native/host/list.ts';
import {findHostProgram} from '../../../src/native/host/program.ts';
import {spawnHost} from '../../../src/native/host/spawn.ts';
import {loadNative} from '../../../src/native/load.ts';
import {buildDouble} from '../../helpers/build-double.ts';
import {openRuntime} from '../../helpers/runtimes.ts';

const double = buildDouble('tflite-double');
test.after.always(async () => rm(path.dirname(await double), {recursive: true}));

test('the program lies beside the addon, or where DUNLIN_HOST says', t => {
  t.regex(findHostProgram({}), /linux-(x64|arm64)\/dunlin-host$/);
  const error = t.throws(() => findHostProgram({DUNLIN_HOST: '/nowhere/dunlin-host'}), {
    instanceOf: NativeUnavailableError,
    message: /missing; looked for \/nowhere\/dunlin-host/,
  });
  t.is(error?.hint, 'Correct DUNLIN_HOST, or unset it.');
});

test('a command line that is not understood says how it should be', async t => {
  const run = promisify(execFile);
  const wrong = [
    [],
    ['--engine', 'tflite', '--list'],
    ['--engine', 'x', '--library', 'y', '--list'],
    ['--control', 'a'],
  ];
  for (const words of wrong) {
    const error = await t.throwsAsync(run(findHostProgram(), words));
    t.like(error, {code: 64, stdout: ''});
    t.regex((error as unknown as {stderr: string}).stderr, /^dunlin-host: .*tflite.*openvino.*onnxruntime/);
  }
});

test('a library tells its version and devices in a process of its own', async t => {
  const {path: library} = await openRuntime('2.21.0');
  t.deepEqual(await listHostDevices({engine: 'tflite', library}), {version: 'tflite 2.21.0', devices: []});
});

test('a library that is missing, or of another kind, is an error with its words', async t => {
  await t.throwsAsync(listHostDevices({engine: 'tflite', library: '/nowhere/lib.so'}), {
    instanceOf: DelegateUnavailableError,
    message: /^tflite: \/nowhere\/lib.so cannot be used: .*No such file/,
  });
  await t.throwsAsync(listHostDevices({engine: 'tflite', library: 'libm.so.6'}), {
    message: /no symbol TfLiteVersion/,
  });
});

/** A library whose constructor does this, as vendor libraries do their worst when they are loaded. */
async function libraryThat(what: string, t: {teardown(end: () => Promise<void>): void}): Promise<string> {
  const folder = path.dirname(await double);
  const source = path.join(folder, `${what.replace(/\W/g, '')}.c`);
  await writeFile(
    source,
    `#include <stdlib.h>\n#include <unistd.h>\n__attribute__((constructor)) static void start(void) { ${what}; }\n`,
  );
  const library = source.replace(/c$/, 'so');
  await promisify(execFile)('cc', ['-fPIC', '-shared', source, '-o', library]);
  t.teardown(() => rm(library));
  return library;
}

test('a library that crashes or hangs while it is asked is an error', async t => {
  await t.throwsAsync(async () => listHostDevices({engine: 'tflite', library: await libraryThat('abort()', t)}), {
    instanceOf: DelegateUnavailableError,
    message: /crashed while it was asked for its devices \(SIGABRT\)/,
  });
  await t.throwsAsync(
    async () => listHostDevices({engine: 'tflite', library: await libraryThat('pause()', t), timeoutMs: 200}),
    {instanceOf: DelegateUnavailableError, message: /did not tell its devices within 200 ms/},
  );
});

test('a started program tells how it ended, and its last words', async t => {
  const host = spawnHost({key: 'usb:0', engine: 'tflite', library: '/nowhere/lib.so'});
  const lane = loadNative().laneCreate('words');
  const options = {model: new Uint8Array(4), options: [], share: 1, timeoutMs: 5000};
  await t.throwsAsync(loadNative().hostedOpen(lane, loadNative().hostConnect(host.parentSocket), options), {
    code: 'DELEGATE',
  });
  const {code, signal, lastWords} = await host.exited;
  t.deepEqual([code, signal], [69, null]);
  t.regex(lastWords ?? '', /^dunlin-host: \/nowhere\/lib.so: .*No such file/);
  t.notThrows(() => host.kill());
  loadNative().hostClose(host.parentSocket);
  await loadNative().laneClose(lane);
});

test('the end of a program is told although its library left a process behind that holds its output', async t => {
  const library = await libraryThat('if (fork() == 0) { sleep(2); _exit(0); }', t);
  const host = spawnHost({key: 'usb:0', engine: 'tflite', library});
  const startedAt = performance.now();
  const lane = loadNative().laneCreate('forked');
  const options = {model: new Uint8Array(4), options: [], share: 1, timeoutMs: 5000};
  await t.throwsAsync(loadNative().hostedOpen(lane, loadNative().hostConnect(host.parentSocket), options), {
    code: 'DELEGATE',
  });
  t.like(await host.exited, {code: 69, signal: null});
  t.true(performance.now() - startedAt < 2000);
  loadNative().hostClose(host.parentSocket);
  await loadNative().laneClose(lane);
});
