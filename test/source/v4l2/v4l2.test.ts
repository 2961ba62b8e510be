import {execFileSync} from 'node:child_process';
import {readFile, symlink} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import test from 'ava';
import {silentLog} from '../../../src/log/log.ts';
import {openSource} from '../../../src/source/open.ts';
import {chooseMode} from '../../../src/source/v4l2/formats.ts';
import {scratchDirectory} from '../../helpers/media.ts';
import {childrenReading} from '../../helpers/processes.ts';
import {collect, hasty, healthChange, quiet} from '../../helpers/sources.ts';

const jpegAndRaw = [
  ['Raw', 'yuyv422', 'YUYV 4:2:2', '640x480 320x240'],
  ['Compressed', 'mjpeg', 'Motion-JPEG', '640x480 1280x720'],
];
const rawOnly = [['Raw', 'yuyv422', 'YUYV 4:2:2', '640x480']];

async function openCamera(formats: readonly (readonly string[])[], options = {}) {
  const directory = await scratchDirectory();
  const log = join(directory, 'log.jsonl');
  await symlink(resolve('test/doubles/ffmpeg-v4l2-double.mjs'), join(directory, 'ffmpeg'));
  const env = {
    ...process.env,
    PATH: `${directory}:${process.env.PATH}`,
    FFMPEG: execFileSync('which', ['ffmpeg'], {encoding: 'utf8'}).trim(),
    V4L2_DOUBLE: JSON.stringify({formats, log}),
  };
  const source = await openSource('/dev/video7', {...hasty, stallAfterS: 10, ...options}, {log: silentLog, env});
  const calls = async () =>
    (await readFile(log, 'utf8'))
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line).join(' '));
  return {source, calls, directory};
}

test('a camera that offers MJPEG is read undecoded', async t => {
  const {source, calls, directory} = await openCamera(jpegAndRaw, {width: 640, height: 480, fps: 30});
  const [frame] = await collect(source, 1);
  t.is(source.name, 'v4l2:/dev/video7');
  t.like(frame, {format: 'jpeg', width: 640, height: 480});
  t.regex(
    (await calls()).at(-1) ?? '',
    /-f v4l2 -fflags nobuffer -input_format mjpeg -video_size 640x480 -framerate 30 -i \/dev\/video7 -map 0:v:0 -c:v copy -f mjpeg/,
  );
  t.deepEqual(await childrenReading(directory), []);
});

test('a camera without MJPEG is read raw, without a conversion', async t => {
  const {source, calls} = await openCamera(rawOnly, {width: 160, height: 120});
  const frames = await collect(source, 2);
  t.like(frames[1], {format: 'yuyv', width: 160, height: 120});
  t.is(frames[1]?.data.length, 38400);
  t.regex((await calls()).at(-1) ?? '', /-input_format yuyv422 -video_size 160x120 -i \/dev\/video7/);
});

test('a camera that is not there is told, and waited for', async t => {
  const source = await openSource('v4l2:/dev/video77', hasty, quiet);
  const missing = healthChange(source, health => health.status === 'restarting');
  const controller = new AbortController();
  const reading = (async () => {
    for await (const _frame of source.frames(controller.signal)) t.fail();
  })();
  t.regex((await missing).reason ?? '', /^v4l2:\/dev\/video77: ffmpeg exited with code 1: .*No such file or directory/);
  controller.abort();
  await reading;
});

test('what a camera offers is read from ffmpeg’s list', t => {
  const prefix = '[video4linux2,v4l2 @ 0x5581]';
  const nv12 = `${prefix} Raw       :     yuyv422 :           YUYV 4:2:2 : 640x480\n${prefix} Raw       :        nv12 :         Y/UV 4:2:0 : 640x480`;
  t.deepEqual(chooseMode(nv12), {mjpeg: false, inputFormat: 'nv12'});
  t.deepEqual(chooseMode(`${prefix} Compressed:        h264 :                H.264 : 1920x1080`), {
    mjpeg: false,
    inputFormat: undefined,
  });
  t.deepEqual(chooseMode(''), {mjpeg: false, inputFormat: undefined});
});

for (const uri of ['v4l2:', 'v4l2:video0', 'v4l2:/etc/passwd', 'v4l2:/dev/../etc/passwd', 'v4l2:-y']) {
  test(`${uri} is refused`, async t => {
    await t.throwsAsync(openSource(uri, {}, quiet), {code: 'SOURCE_FAILED', message: /expected v4l2:\/dev\/NAME/});
  });
}
