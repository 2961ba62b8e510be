import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import type {Frame} from '../../../src/image/frame.ts';
import {silentLog} from '../../../src/log/log.ts';
import {openSource} from '../../../src/source/open.ts';
import {cameraDouble} from '../../helpers/camera-double.ts';
import {makeJpeg, makeVideo, scratchDirectory} from '../../helpers/media.ts';
import {childrenReading, stillRunning} from '../../helpers/processes.ts';
import {collect, hasty, healthChange, quiet} from '../../helpers/sources.ts';

const threaded = {...quiet, ownThread: true};

test('a consumer that blocks its thread misses frames and then gets a new one', async t => {
  const source = await openSource('test:16x16@200', {}, threaded);
  const controller = new AbortController();
  const frames: Frame[] = [];
  for await (const frame of source.frames(controller.signal)) {
    frames.push(frame);
    if (frames.length === 2) controller.abort();
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  }
  const [first, second] = frames;
  t.true((second?.sequence ?? 0) - (first?.sequence ?? 0) > 2);
  t.true(source.counters.dropped > 0);
  t.is(second?.data.length, 768);
});

test('its frames, health and end are those of the source', async t => {
  const jpeg = await makeJpeg(join(await scratchDirectory(), 'a.jpg'), '160x120');
  const double = await cameraDouble('rpicam-vid', [[{jpeg, count: 1}, {stderr: 'gone'}, {exit: 1}], [{jpeg, fps: 50}]]);
  const source = await openSource('rpicam:', hasty, {...threaded, env: double.env});
  const lost = healthChange(source, health => health.status === 'restarting');
  const frames = await collect(source, 2);
  t.deepEqual(
    frames.map(frame => `${frame.format} ${frame.width}x${frame.height}`),
    Array(2).fill('jpeg 160x120'),
  );
  t.regex((await lost).reason ?? '', /rpicam-vid exited with code 1: gone/);
  t.is(source.counters.restarts, 1);
  t.is(source.name, 'rpicam:0');
  t.deepEqual(await stillRunning((await double.starts()).map(start => start.pid)), []);
});

test('a file played in real time ends', async t => {
  const path = await makeVideo(join(await scratchDirectory(), 'clip.mkv'), {frames: 5, fps: 50});
  const source = await openSource(path, {realtime: true}, threaded);
  await collect(source);
  t.is(source.counters.captured, 5);
  t.deepEqual(await childrenReading(path), []);
});

test('what cannot be mended is thrown with its class, message and hint', async t => {
  const source = await openSource('rpicam:', {}, {...threaded, env: {PATH: '/nonexistent'}});
  const error = await t.throwsAsync(collect(source), {code: 'SOURCE_FAILED', message: /is not installed/});
  t.regex((error as {hint?: string}).hint ?? '', /apt-get install/);
  const path = join(await scratchDirectory(), 'notes.mp4');
  await writeFile(path, 'no video');
  await t.throwsAsync(collect(await openSource(path, {realtime: true}, threaded)), {code: 'INPUT_INVALID'});
});

test('its log goes to the log of its owner', async t => {
  const lines: string[] = [];
  const log = {...silentLog, warn: (_fields: object, message: string) => void lines.push(message), child: () => log};
  const jpeg = await makeJpeg(join(await scratchDirectory(), 'a.jpg'), '160x120');
  const double = await cameraDouble('rpicam-vid', [[{garbage: 5000}, {jpeg, count: 1}, {hang: true}]]);
  const source = await openSource('rpicam:', hasty, {log, ownThread: true, env: double.env});
  const controller = new AbortController();
  const stalled = healthChange(source, health => health.status === 'stalled').then(() => controller.abort());
  for await (const frame of source.frames(controller.signal)) t.is(frame.width, 160);
  await stalled;
  t.true(lines.includes('bad frame skipped') && lines.includes('source stalled'));
});

test('files are not read in a thread of their own', async t => {
  const path = await makeVideo(join(await scratchDirectory(), 'clip.mkv'), {frames: 3});
  const source = await openSource(path, {}, threaded);
  t.deepEqual(
    (await collect(source)).map(frame => frame.sequence),
    [0, 1, 2],
  );
});

test('reading twice starts it twice, one after the other', async t => {
  const source = await openSource('test:16x16@100?frames=3', {}, threaded);
  t.true((await collect(source)).length > 0);
  t.true((await collect(source)).length > 0);
});
