import {chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {requireTrial, type TrialOptions} from '../../src/engine/trial.ts';
import {ModelUnsupportedError} from '../../src/error/errors.ts';
import type {Model} from '../../src/model/model.ts';

const entry = fileURLToPath(new URL('./trial-double.js', import.meta.url));
const model = {path: 'some.tflite'} as Model;

/** A cache folder of its own, with `run` to try a child that behaves as told and `starts` to count such children. */
function trialOf(t: ExecutionContext, behaviour: string) {
  const cacheDir = mkdtempSync(join(tmpdir(), 'dunlin-trial-'));
  t.teardown(() => rmSync(cacheDir, {recursive: true, force: true}));
  const log = join(cacheDir, 'starts');
  const request = {modelPath: 'some.tflite', sha256: 'aa', delegate: behaviour, device: log, threads: 1, xnnpack: true};
  return {
    cacheDir,
    run: (changes: Partial<typeof request> = {}, options: Partial<TrialOptions> = {}) =>
      requireTrial(model, {...request, ...changes}, {entry, cacheDir, engineKey: 'double 1', ...options}),
    starts: () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').length - 1 : 0),
    notes: () => readdirSync(join(cacheDir, 'trials')),
  };
}

const refusal = {instanceOf: ModelUnsupportedError};

test('a model that ran is not tried again', async t => {
  const trial = trialOf(t, 'good');
  await trial.run();
  await trial.run();
  t.is(trial.starts(), 1);
});

for (const [what, changes] of Object.entries({
  'another file': {sha256: 'bb'},
  'another number of threads': {threads: 2},
  'other kernels': {xnnpack: false},
})) {
  test(`a verdict does not hold for ${what}`, async t => {
    const trial = trialOf(t, 'good');
    await trial.run();
    await trial.run(changes);
    t.is(trial.starts(), 2);
  });
}

test('a verdict does not hold for another engine', async t => {
  const trial = trialOf(t, 'good');
  await trial.run();
  await trial.run({}, {engineKey: 'double 2'});
  t.is(trial.starts(), 2);
});

test('a verdict follows the content of a file, not its path', async t => {
  const trial = trialOf(t, 'good');
  await trial.run();
  await trial.run({modelPath: 'moved.tflite'});
  t.is(trial.starts(), 1);
});

test('a crash names the signal and the last words, and is remembered', async t => {
  const trial = trialOf(t, 'aborts');
  const first = await t.throwsAsync(trial.run(), refusal);
  t.is(first?.message, 'some.tflite: the engine aborted (SIGABRT) in a trial run: last words');
  const second = await t.throwsAsync(trial.run(), refusal);
  t.is(second?.message, first?.message);
  t.is(trial.starts(), 1);
});

for (const [behaviour, message] of [
  ['refuses', /some\.tflite: it lacks an operator$/],
  ['is interrupted', /stopped from outside \(SIGTERM\)/],
  ['exits', /ended with status 7/],
] as const) {
  test(`a child that ${behaviour} is tried again the next time`, async t => {
    const trial = trialOf(t, behaviour);
    await t.throwsAsync(trial.run(), {...refusal, message});
    await t.throwsAsync(trial.run(), {...refusal, message});
    t.is(trial.starts(), 2);
  });
}

test('a crash on extreme inputs refuses a model that ran on ordinary ones', async t => {
  const trial = trialOf(t, 'aborts late');
  await t.throwsAsync(trial.run(), {...refusal, message: /the engine aborted \(SIGABRT\) in a trial run/});
});

test('extreme inputs that take too long or too much memory do not refuse a model that ran on ordinary ones', async t => {
  const trial = trialOf(t, 'is killed late');
  await t.notThrowsAsync(trial.run());
});

test('a missing library is left to the real opening to tell', async t => {
  const trial = trialOf(t, 'away');
  await t.notThrowsAsync(trial.run());
});

test('a child that never answers is killed after the time allowed, and nothing is remembered', async t => {
  const trial = trialOf(t, 'hangs');
  const message = 'some.tflite: the engine did not finish one run in 0.5 s';
  await t.throwsAsync(trial.run({}, {timeoutMs: 500}), {...refusal, message});
  t.false(existsSync(join(trial.cacheDir, 'trials')));
});

for (const damage of [
  '',
  '{',
  '[]',
  'null',
  '{"ok":false}',
  '{"ok":"yes"}',
  '{"ok":false,"kind":"hung","reason":"x","hint":"y"}',
]) {
  test(`a verdict file that holds ${JSON.stringify(damage)} costs another trial`, async t => {
    const trial = trialOf(t, 'good');
    await trial.run();
    const [note] = trial.notes();
    writeFileSync(join(trial.cacheDir, 'trials', note!), damage);
    await t.notThrowsAsync(trial.run());
    t.is(trial.starts(), 2);
  });
}

test('a cache that cannot be written costs a trial each time, nothing else', async t => {
  const trial = trialOf(t, 'good');
  writeFileSync(join(trial.cacheDir, 'trials'), 'a file where the folder should be');
  await t.notThrowsAsync(trial.run());
  await t.notThrowsAsync(trial.run());
  t.is(trial.starts(), 2);
});

test('a read-only cache costs a trial each time, nothing else', async t => {
  const trial = trialOf(t, 'good');
  writeFileSync(join(trial.cacheDir, 'starts'), '');
  chmodSync(trial.cacheDir, 0o555);
  t.teardown(() => chmodSync(trial.cacheDir, 0o755));
  await t.notThrowsAsync(trial.run());
  t.is(trial.starts(), 1);
});
