import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import type {Frame} from '../../../src/image/frame.ts';
import type {PushSource} from '../../../src/source/contract.ts';
import {isPushSource, openSource} from '../../../src/source/open.ts';
import {makeJpeg, scratchDirectory} from '../../helpers/media.ts';
import {hasty, healthChange, quiet} from '../../helpers/sources.ts';

const jpeg = await readFile(await makeJpeg(join(await scratchDirectory(), 'a.jpg'), '160x120'));
const gray = (level: number) => ({format: 'gray' as const, width: 4, height: 2, data: new Uint8Array(8).fill(level)});

async function openPushed(
  options = {},
): Promise<{source: PushSource; frames: AsyncIterator<Frame>; end: AbortController}> {
  const source = await openSource('push:', {...hasty, ...options}, quiet);
  if (!isPushSource(source)) throw new TypeError('no push source');
  const end = new AbortController();
  return {source, frames: source.frames(end.signal)[Symbol.asyncIterator](), end};
}

test('pushed pictures come out as frames, the newest first and only', async t => {
  const {source, frames, end} = await openPushed();
  t.false(source.push(gray(1)));
  const first = frames.next();
  t.true(source.push({format: 'jpeg', data: jpeg}));
  t.like((await first).value, {format: 'jpeg', width: 160, height: 120, sequence: 0});
  for (const level of [1, 2, 3]) t.true(source.push(gray(level)));
  const {value} = await frames.next();
  t.like(value, {format: 'gray', width: 4, height: 2, sequence: 3});
  t.is(value?.data[0], 3);
  t.deepEqual(source.counters, {captured: 4, dropped: 2, bad: 0, restarts: 0});
  end.abort();
  t.true((await frames.next()).done);
  t.false(source.push(gray(4)));
});

test('what is no picture is refused and counted', async t => {
  const {source, frames, end} = await openPushed({maxFrameBytes: 2000});
  const first = frames.next();
  t.false(source.push({format: 'jpeg', data: Buffer.from('GIF89a')}));
  t.false(source.push({...gray(1), width: 5}));
  t.false(source.push({...gray(1), width: 100, height: 100, data: new Uint8Array(10_000)}));
  t.true(source.push(gray(1)));
  t.is((await first).value?.sequence, 0);
  t.is(source.counters.bad, 3);
  end.abort();
  await frames.next();
});

test('silence is told, again and again, and mended by the next picture', async t => {
  const {source, frames, end} = await openPushed({stallAfterS: 0.05, startWithinS: 0.05});
  let next = frames.next();
  for (let round = 0; round < 2; round++) {
    await healthChange(source, health => health.status === 'stalled');
    source.push(gray(round));
    t.deepEqual(source.health, {status: 'ok'});
    await next;
    next = frames.next();
  }
  t.is(source.counters.restarts, 0);
  end.abort();
  await next;
});

test('only one consumer may read', async t => {
  const {source, frames, end} = await openPushed();
  const first = frames.next();
  await t.throwsAsync(source.frames(end.signal)[Symbol.asyncIterator]().next(), {message: /already being read/});
  end.abort();
  t.true((await first).done);
});
