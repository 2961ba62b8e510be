import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import {silentLog} from '../../../src/log/log.ts';
import {openSource} from '../../../src/source/open.ts';
import {type CameraStep, cameraDouble} from '../../helpers/camera-double.ts';
import {makeJpeg, scratchDirectory} from '../../helpers/media.ts';
import {stillRunning} from '../../helpers/processes.ts';
import {collect, collectFrom, hasty, healthChange} from '../../helpers/sources.ts';

const directory = await scratchDirectory();
const small = await makeJpeg(join(directory, 'small.jpg'), '160x120');
const large = await makeJpeg(join(directory, 'large.jpg'), '640x480');

async function openDouble(runs: CameraStep[][], options = {}, name = 'rpicam-vid', uri = 'rpicam:') {
  const double = await cameraDouble(name, runs);
  const source = await openSource(uri, {...hasty, ...options}, {log: silentLog, env: double.env});
  return {source, double};
}

test('pictures come undecoded; size, rate and camera are asked of the program', async t => {
  const options = {width: 640, height: 480, fps: 30, inputArgs: ['--rotation', '180']};
  const {source, double} = await openDouble([[{jpeg: large}]], options, 'rpicam-vid', 'rpicam:1');
  const [frame] = await collect(source, 1);
  t.like(frame, {format: 'jpeg', width: 640, height: 480});
  t.true((await readFile(large)).equals(frame?.data ?? Buffer.alloc(0)));
  const [start] = await double.starts();
  t.is(
    start?.args.join(' '),
    '--timeout 0 --nopreview --codec mjpeg --flush --output - --camera 1 --width 640 --height 480 --framerate 30 --rotation 180',
  );
});

test('the program under its older name is found', async t => {
  const {source, double} = await openDouble([[{jpeg: small}]], {}, 'libcamera-vid');
  t.is((await collect(source, 1)).length, 1);
  t.is((await double.starts())[0]?.program, 'libcamera-vid');
});

test('garbage and a cut picture are counted, and the pictures around them kept', async t => {
  const steps = [
    {jpeg: small, count: 1},
    {garbage: 5000},
    {cut: large, bytes: 4000},
    {jpeg: small, count: 1},
    {hang: true as const},
  ];
  const {source} = await openDouble([steps]);
  const controller = new AbortController();
  for await (const _frame of source.frames(controller.signal)) if (source.counters.captured === 2) controller.abort();
  t.deepEqual(source.counters, {captured: 2, dropped: source.counters.dropped, bad: 2, restarts: 0});
});

test('a camera that changes its resolution is followed', async t => {
  const {source} = await openDouble([
    [
      {jpeg: small, count: 3},
      {jpeg: large, fps: 100},
    ],
  ]);
  const controller = new AbortController();
  let last = 0;
  for await (const frame of source.frames(controller.signal)) {
    last = frame.width;
    if (last === 640) controller.abort();
  }
  t.is(last, 640);
  t.is(source.counters.restarts, 0);
});

test('a camera that hangs is killed and started again', async t => {
  const {source, double} = await openDouble([[{jpeg: small, count: 1}, {hang: true}], [{jpeg: large}]]);
  const stalled = healthChange(source, health => health.status === 'stalled');
  const widths = (await collect(source, 2)).map(frame => frame.width);
  t.deepEqual(widths, [160, 640]);
  t.regex((await stalled).reason ?? '', /^no frame for 0\.\d s$/);
  t.deepEqual(await stillRunning((await double.starts()).map(start => start.pid)), []);
});

test('a camera that sends garbage for ever is stalled', async t => {
  const endless = Array(2000).fill({garbage: 100_000});
  const {source} = await openDouble([endless, [{jpeg: small}]], {startWithinS: 0.5});
  t.is((await collect(source, 1))[0]?.width, 160);
  t.true(source.counters.restarts >= 1);
});

test('the last words of a program that ends are the reason', async t => {
  const {source} = await openDouble([[{stderr: 'ERROR: *** no cameras available ***'}, {exit: 255}], [{jpeg: small}]]);
  const lost = healthChange(source, health => health.status === 'restarting');
  t.is((await collect(source, 1)).length, 1);
  t.regex((await lost).reason ?? '', /^rpicam:0: rpicam-vid exited with code 255: ERROR: \*\*\* no cameras available/);
});

test('a program killed ten times is started ten times, leaving nothing behind', async t => {
  const {source, double} = await openDouble([[{jpeg: large, fps: 200}]]);
  const controller = new AbortController();
  let killed = 0;
  let memoryAfterFirst = 0;
  let lastKilled = -1;
  for await (const _frame of source.frames(controller.signal)) {
    const {restarts} = source.counters;
    if (restarts === lastKilled) continue;
    if (killed === 1) memoryAfterFirst = process.memoryUsage().rss;
    if (killed === 10) {
      controller.abort();
      continue;
    }
    lastKilled = restarts;
    killed += 1;
    process.kill((await double.starts()).at(-1)?.pid ?? 0, 'SIGKILL');
  }
  t.is(source.counters.restarts, 10);
  t.true(process.memoryUsage().rss - memoryAfterFirst < 32 * 1024 ** 2);
  t.deepEqual(await stillRunning((await double.starts()).map(start => start.pid)), []);
});

test('without the program the error says what to install', async t => {
  const error = await t.throwsAsync(collectFrom('rpicam:', hasty, {log: silentLog, env: {PATH: '/nonexistent'}}), {
    code: 'SOURCE_FAILED',
    message: 'rpicam:0: rpicam-vid or libcamera-vid is not installed',
  });
  t.regex((error as {hint?: string}).hint ?? '', /apt-get install rpicam-apps/);
});

test('ending while the camera hangs ends at once and takes the program along', async t => {
  const {source, double} = await openDouble([[{jpeg: small, count: 1}, {hang: true}]], {stallAfterS: 600});
  t.is((await collect(source, 1)).length, 1);
  t.deepEqual(await stillRunning((await double.starts()).map(start => start.pid)), []);
});
