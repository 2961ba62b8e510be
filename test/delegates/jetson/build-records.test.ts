import {readFileSync} from 'node:fs';
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {Chip} from '../../../delegates/jetson/board.ts';
import {BuildFailures} from '../../../delegates/jetson/build-failures.ts';
import {BuildLock, type BuildProgress} from '../../../delegates/jetson/build-lock.ts';
import {BuildTimes, duration} from '../../../delegates/jetson/build-times.ts';
import {type EngineParts, engineKey} from '../../../delegates/jetson/engine-cache.ts';

async function folder(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'dunlin-build-'));
  t.teardown(() => rm(path, {recursive: true, force: true}));
  return path;
}

const chip: Chip = {name: 'tegra210 sm_53', dlaCores: 0, int8: false, build: {leastMs: 60_000, perGigaMacMs: 60_000}};

test('a first build is estimated by the chip and the size of the model', async t => {
  const times = new BuildTimes(join(await folder(t), 'times.json'));
  t.is(await times.estimate(chip, 'fp16', 0), 60_000);
  t.is(await times.estimate(chip, 'fp16', 2e9), 180_000);
});

test('later builds are estimated by the earlier ones of their kind', async t => {
  const times = new BuildTimes(join(await folder(t), 'times.json'));
  await times.add({gpu: chip.name, precision: 'fp16', macs: 1e9, ms: 60_000});
  await times.add({gpu: chip.name, precision: 'fp32', macs: 1e9, ms: 480_000});
  await times.add({gpu: 'another', precision: 'fp16', macs: 1e9, ms: 1});
  t.is(await times.estimate(chip, 'fp16', 2e9), 90_000);
  t.is(await times.estimate(chip, 'fp32', 2e9), 720_000);
  t.is(await times.estimate(chip, 'int8', 2e9), 180_000);
});

test('damaged records are as none', async t => {
  const path = join(await folder(t), 'times.json');
  await writeFile(path, '[{"gpu": 3}]');
  const times = new BuildTimes(path);
  t.is(await times.estimate(chip, 'fp16', 0), 60_000);
  await times.add({gpu: chip.name, precision: 'fp16', macs: 0, ms: 30_000});
  t.is(await times.estimate(chip, 'fp16', 0), 30_000);
});

test('fifty records are kept', async t => {
  const path = join(await folder(t), 'times.json');
  const times = new BuildTimes(path);
  for (let ms = 1; ms <= 60; ms++) await times.add({gpu: chip.name, precision: 'fp16', macs: 0, ms});
  t.is(JSON.parse(await readFile(path, 'utf8')).length, 50);
});

const said = test.macro((t, ms: number, text: string) => t.is(duration(ms), text));
test('a moment', said, 400, '0 s');
test('seconds', said, 37_200, '37 s');
test('minutes', said, 240_000, '4 min');
test('hours', said, 7_200_000, '2 h');

test('failures rest longer each time, and six hours at most', async t => {
  let now = 1_000_000;
  const path = join(await folder(t), 'key.failed.json');
  const failures = new BuildFailures(() => now);
  t.is(await failures.last(path), undefined);
  const rests: (number | undefined)[] = [];
  for (let attempt = 1; attempt <= 6; attempt++) {
    await failures.add(path, 'out of memory', false);
    rests.push((await failures.last(path))?.restMs);
  }
  t.deepEqual(rests, [60_000, 300_000, 1_500_000, 7_500_000, 21_600_000, 21_600_000]);
  now += 21_600_000;
  t.like(await failures.last(path), {restMs: 0, attempts: 6, reason: 'out of memory'});
  await failures.clear(path);
  t.is(await failures.last(path), undefined);
});

test('a model that was refused rests six hours at once', async t => {
  const path = join(await folder(t), 'key.failed.json');
  const failures = new BuildFailures(() => 0);
  await failures.add(path, 'unknown operator', true);
  t.like(await failures.last(path), {restMs: 21_600_000, refused: true});
});

test('a clock that was set back lengthens no rest', async t => {
  let now = 1_700_000_000_000;
  const path = join(await folder(t), 'key.failed.json');
  const failures = new BuildFailures(() => now);
  await failures.add(path, 'out of memory', false);
  now = 0;
  t.is((await failures.last(path))?.restMs, 60_000);
});

test('a failure that cannot be written is remembered all the same', async t => {
  const path = join(await folder(t), 'file', 'key.failed.json');
  await writeFile(join(path, '..'), 'no folder');
  const failures = new BuildFailures(() => 0);
  await failures.add(path, 'no space left on device', false);
  await failures.add(path, 'no space left on device', false);
  t.like(await failures.last(path), {restMs: 300_000, attempts: 2});
  await failures.clear(path);
  t.is(await failures.last(path), undefined);
});

test('only one takes the lock, the others learn how far it is', async t => {
  const path = join(await folder(t), 'key.lock');
  const takers = await Promise.all(Array.from({length: 8}, () => BuildLock.take(path, 'key', 4000)));
  const locks = takers.filter(taker => taker instanceof BuildLock);
  t.is(locks.length, 1);
  const others = takers.filter((taker): taker is BuildProgress => !(taker instanceof BuildLock));
  t.true(others.every(({estimateMs, elapsedMs}) => estimateMs === 4000 && elapsedMs < 4000));
  await locks[0]!.release();
  const next = await BuildLock.take(path, 'key', 1);
  t.true(next instanceof BuildLock);
  await (next as BuildLock).release();
  t.deepEqual(await readdir(join(path, '..')), []);
});

const held = {key: 'key', owner: 'other', pid: process.pid, startedNs: '0', estimateMs: 1000, cutOff: 0};
const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
const longAgo = String(process.hrtime.bigint() - 31_000_000_000n);
const now = () => String(process.hrtime.bigint());

const stale: readonly (readonly [why: string, note: () => unknown])[] = [
  ['of a process that is gone', () => ({...held, pid: 2 ** 22 + 1, bootId, beatNs: now()})],
  ['of an earlier boot', () => ({...held, bootId: 'another', beatNs: now()})],
  ['whose thread was silent for half a minute', () => ({...held, bootId, beatNs: longAgo})],
];
for (const [why, note] of stale) {
  test(`a lock ${why} is taken over by one, and counted`, async t => {
    const path = join(await folder(t), 'key.lock');
    await writeFile(path, JSON.stringify(note()));
    const takers = await Promise.all(Array.from({length: 4}, () => BuildLock.take(path, 'key', 1)));
    const locks = takers.filter(taker => taker instanceof BuildLock);
    t.is(locks.length, 1);
    t.is(locks[0]!.cutOff, 1);
    await locks[0]!.release();
  });
}

test('a lock of another engine is taken over without counting', async t => {
  const path = join(await folder(t), 'key.lock');
  await writeFile(path, JSON.stringify({...held, key: 'other', bootId: 'another', beatNs: now(), cutOff: 2}));
  const lock = await BuildLock.take(path, 'key', 1);
  t.is((lock as BuildLock).cutOff, 0);
  await (lock as BuildLock).release();
});

test('a living lock is left alone', async t => {
  const path = join(await folder(t), 'key.lock');
  await writeFile(path, JSON.stringify({...held, bootId, beatNs: now()}));
  t.false((await BuildLock.take(path, 'key', 1)) instanceof BuildLock);
  t.is(JSON.parse(await readFile(path, 'utf8')).owner, 'other');
});

test('a damaged lock is no lock', async t => {
  const path = join(await folder(t), 'key.lock');
  await writeFile(path, '{"pid":');
  const lock = await BuildLock.take(path, 'key', 1);
  t.true(lock instanceof BuildLock);
  await (lock as BuildLock).release();
});

const parts: EngineParts = {
  modelSha256: 'aa',
  ort: '1.18.0',
  tensorrt: '8.6.2',
  gpu: 'tegra234 sm_87',
  settings: [
    ['trt.trt_fp16_enable', '1'],
    ['trt.device_id', '0'],
  ],
};

test('the key does not depend on the order of settings', t => {
  t.regex(engineKey(parts), /^[0-9a-f]{32}$/);
  t.is(engineKey({...parts, settings: [...parts.settings].reverse()}), engineKey(parts));
});

for (const change of [
  {modelSha256: 'ab'},
  {ort: '1.18.1'},
  {tensorrt: '8.6.3'},
  {gpu: 'tegra194 sm_72'},
  {settings: [['trt.trt_fp16_enable', '0']] as const},
]) {
  test(`another ${Object.keys(change)[0]} is another engine`, t => {
    t.not(engineKey({...parts, ...change}), engineKey(parts));
  });
}
