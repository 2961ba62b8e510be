import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import {openSource} from '../../../src/source/open.ts';
import {decodeByFfmpeg, makeVideo, scratchDirectory} from '../../helpers/media.ts';
import {childrenReading} from '../../helpers/processes.ts';
import {collect, collectFrom, hasty, quiet} from '../../helpers/sources.ts';

test('every frame of a video comes once, in order, with the decoder’s own bytes', async t => {
  const path = await makeVideo(join(await scratchDirectory(), 'clip.mkv'), {frames: 25});
  const frames = await collectFrom(path);
  t.deepEqual(
    frames.map(({sequence, width, height, format, origin}) => ({sequence, width, height, format, origin})),
    Array.from({length: 25}, (_, sequence) => ({
      sequence,
      width: 320,
      height: 240,
      format: 'i420' as const,
      origin: path,
    })),
  );
  t.true(Buffer.concat(frames.map(frame => frame.data)).equals(await decodeByFfmpeg(path, 'yuv420p')));
});

test('frames with uneven times are neither repeated nor left out', async t => {
  const directory = await scratchDirectory();
  const path = await makeVideo(join(directory, 'uneven.mkv'), {
    frames: 10,
    args: ['-vf', 'setpts=N*N/TB/10', '-fps_mode', 'passthrough', '-c:v', 'libx264', '-preset', 'ultrafast'],
  });
  t.is((await collectFrom(path)).length, 10);
});

test('a change of resolution within a file shows in its frames', async t => {
  const directory = await scratchDirectory();
  const wide = await readFile(await makeVideo(join(directory, 'wide.ts'), {size: '320x240', frames: 4}));
  const tall = await readFile(await makeVideo(join(directory, 'tall.ts'), {size: '240x320', frames: 4}));
  const path = join(directory, 'both.ts');
  await writeFile(path, Buffer.concat([wide, tall]));
  const frames = await collectFrom(path);
  t.deepEqual(
    frames.map(frame => `${frame.width}x${frame.height}`),
    [...Array(4).fill('320x240'), ...Array(4).fill('240x320')],
  );
  t.true(
    Buffer.from(frames[7]?.data ?? []).equals(
      (await decodeByFfmpeg(join(directory, 'tall.ts'), 'yuv420p')).subarray(-115200),
    ),
  );
});

test('width, height and fps are asked of ffmpeg', async t => {
  const path = await makeVideo(join(await scratchDirectory(), 'clip.mp4'), {frames: 20, fps: 10});
  const frames = await collectFrom(path, {width: 160, fps: 5});
  t.is(frames.length, 10);
  t.deepEqual([frames[0]?.width, frames[0]?.height], [160, 120]);
});

test('a video of odd size loses its last row and column', async t => {
  const path = await makeVideo(join(await scratchDirectory(), 'odd.mkv'), {
    size: '161x121',
    frames: 2,
    args: ['-c:v', 'ffv1'],
  });
  const [frame] = await collectFrom(path);
  t.deepEqual([frame?.width, frame?.height, frame?.data.length], [160, 120, 28800]);
});

test('a looping video begins again', async t => {
  const path = await makeVideo(join(await scratchDirectory(), 'clip.mkv'), {frames: 4});
  const frames = await collect(await openSource(path, {loop: true}, quiet), 10);
  t.true(Buffer.from(frames[1]?.data ?? []).equals(frames[9]?.data ?? Buffer.alloc(0)));
  t.false(Buffer.from(frames[1]?.data ?? []).equals(frames[8]?.data ?? Buffer.alloc(0)));
});

test('a file that is no video is refused with what ffmpeg says', async t => {
  const path = join(await scratchDirectory(), 'notes.mp4');
  await writeFile(path, 'these are not the frames you are looking for\n'.repeat(50));
  await t.throwsAsync(collectFrom(path), {
    code: 'INPUT_INVALID',
    message: /notes\.mp4: no picture or video.*Invalid data/,
  });
});

test('a file name cannot become an option or another protocol', async t => {
  const directory = await scratchDirectory();
  const path = await makeVideo(join(directory, '-f.mkv'), {frames: 2});
  t.is((await collectFrom(path)).length, 2);
  const playlist = join(directory, 'list.m3u8');
  await writeFile(playlist, '#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/clip.ts\n#EXT-X-ENDLIST\n');
  await t.throwsAsync(collectFrom(playlist), {code: 'INPUT_INVALID'});
});

test('without ffmpeg the error names the package to install', async t => {
  const path = await makeVideo(join(await scratchDirectory(), 'clip.mkv'), {frames: 2});
  const error = await t.throwsAsync(collectFrom(path, {}, {...quiet, env: {PATH: '/nonexistent'}}), {
    code: 'SOURCE_FAILED',
  });
  t.regex((error as {hint?: string}).hint ?? '', /apt-get install ffmpeg/);
});

test('a video played in real time is live and ends', async t => {
  const path = await makeVideo(join(await scratchDirectory(), 'clip.mkv'), {frames: 5, fps: 50});
  const source = await openSource(path, {...hasty, realtime: true}, quiet);
  t.true(source.live);
  await collect(source);
  t.is(source.counters.captured, 5);
});

for (const signal of ['SIGKILL', 'SIGTERM', 'SIGSTOP'] as const) {
  test(`a decoder that meets ${signal} is replaced and no frame is lost or repeated`, async t => {
    const path = await makeVideo(join(await scratchDirectory(), 'clip.mkv'), {size: '640x480', frames: 30});
    const source = await openSource(path, {stallAfterS: 0.5, startWithinS: 1}, quiet);
    const frames = [];
    for await (const frame of source.frames(new AbortController().signal)) {
      frames.push(frame);
      if (frames.length === 3) for (const pid of await childrenReading(path)) process.kill(pid, signal);
    }
    t.is(source.counters.restarts, 1);
    t.true(Buffer.concat(frames.map(frame => frame.data)).equals(await decodeByFfmpeg(path, 'yuv420p')));
    t.deepEqual(await childrenReading(path), []);
  });
}

test('ending early leaves no decoder behind', async t => {
  const path = await makeVideo(join(await scratchDirectory(), 'clip.mkv'), {size: '640x480', frames: 30});
  t.is((await collect(await openSource(path, {loop: true}, quiet), 2)).length, 2);
  t.deepEqual(await childrenReading(path), []);
});
