import {mkdir, writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import test from 'ava';
import sharp from 'sharp';
import {openSource} from '../../../src/source/open.ts';
import {makeJpeg, makeMjpeg, makeVideo, scratchDirectory} from '../../helpers/media.ts';
import {collect, collectFrom, quiet} from '../../helpers/sources.ts';

/** 4x2 pixels, left half red, right half blue. */
async function writePng(path: string): Promise<string> {
  const pixels = Buffer.from([255, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 255]);
  await sharp(Buffer.concat([pixels, pixels]), {raw: {width: 4, height: 2, channels: 3}})
    .png()
    .toFile(path);
  return path;
}

test('a JPEG file is one frame, undecoded, with the size of its header', async t => {
  const path = await makeJpeg(join(await scratchDirectory(), 'a.jpg'), '1280x720');
  const frames = await collectFrom(path);
  t.is(frames.length, 1);
  t.like(frames[0], {format: 'jpeg', width: 1280, height: 720, sequence: 0, origin: path});
});

test('a PNG file is decoded to rgb', async t => {
  const [frame] = await collectFrom(await writePng(join(await scratchDirectory(), 'picture.png')));
  t.like(frame, {format: 'rgb', width: 4, height: 2});
  t.deepEqual([...(frame?.data.subarray(3, 9) ?? [])], [255, 0, 0, 0, 0, 255]);
});

test('a file is known by its bytes, not by its name', async t => {
  const path = await makeJpeg(join(await scratchDirectory(), 'picture.txt'));
  t.like((await collectFrom(path))[0], {format: 'jpeg', width: 320});
});

test('a directory gives its pictures and videos in natural order and nothing else', async t => {
  const directory = await scratchDirectory();
  for (const name of ['frame10.png', 'frame9.png', 'Frame1.png', '.hidden.png']) await writePng(join(directory, name));
  await makeVideo(join(directory, 'frame2.mkv'), {frames: 2});
  await writeFile(join(directory, 'notes.txt'), 'not a frame');
  await mkdir(join(directory, 'frame3.png'));
  const frames = await collectFrom(directory);
  t.deepEqual(
    frames.map(frame => basename(frame.origin ?? '')),
    ['Frame1.png', 'frame2.mkv', 'frame2.mkv', 'frame9.png', 'frame10.png'],
  );
  t.deepEqual(
    frames.map(frame => frame.sequence),
    [0, 1, 2, 3, 4],
  );
});

test('a glob gives what it matches, folder by folder', async t => {
  const directory = await scratchDirectory();
  await mkdir(join(directory, 'day10'));
  await mkdir(join(directory, 'day9', 'noon'), {recursive: true});
  for (const name of ['day10/a.png', 'day9/b.png', 'day9/noon/c.png', 'day9/d.jpg'])
    await writePng(join(directory, name));
  const names = async (pattern: string) =>
    (await collectFrom(join(directory, pattern))).map(frame => frame.origin?.slice(directory.length + 1));
  t.deepEqual(await names('day*/*.png'), ['day9/b.png', 'day10/a.png']);
  t.deepEqual(await names('**/*.{png,jpg}'), ['day9/b.png', 'day9/d.jpg', 'day9/noon/c.png', 'day10/a.png']);
  t.deepEqual(await names('day?/[b-d].*'), ['day9/b.png', 'day9/d.jpg']);
  t.deepEqual(await names('day?/[!b].*'), ['day9/d.jpg']);
});

test('a file whose own name looks like a glob is that file', async t => {
  const path = await writePng(join(await scratchDirectory(), 'shot[1].png'));
  t.is((await collectFrom(path)).length, 1);
});

test('among many files a damaged one is counted and left out', async t => {
  const directory = await scratchDirectory();
  await writePng(join(directory, '1.png'));
  await writeFile(join(directory, '2.png'), '\x89PNG\r\n\x1a\nnothing more', 'latin1');
  await writeFile(join(directory, '3.jpg'), '\xff\xd8\xff\xe0', 'latin1');
  await writePng(join(directory, '4.png'));
  const source = await openSource(directory, {}, quiet);
  const frames = await collect(source);
  t.deepEqual(
    frames.map(frame => basename(frame.origin ?? '')),
    ['1.png', '4.png'],
  );
  t.deepEqual(source.counters, {captured: 2, dropped: 0, bad: 2, restarts: 0});
});

test('a damaged picture alone is an error', async t => {
  const path = join(await scratchDirectory(), 'cut.png');
  await writeFile(path, '\x89PNG\r\n\x1a\nnothing more', 'latin1');
  await t.throwsAsync(collectFrom(path), {code: 'INPUT_INVALID', message: /cut\.png: cannot decode png/});
});

test('a picture over maxFrameBytes is refused unread', async t => {
  const path = await makeJpeg(join(await scratchDirectory(), 'a.jpg'), '1280x720');
  await t.throwsAsync(collectFrom(path, {maxFrameBytes: 1024}), {
    code: 'INPUT_INVALID',
    message: /more than maxFrameBytes 1024/,
  });
});

test('a file of JPEG pictures one behind the other is a video', async t => {
  const path = await makeMjpeg(join(await scratchDirectory(), 'clip.mjpeg'), {frames: 3});
  t.is((await collectFrom(path)).length, 3);
});

test('a bitmap is decoded to rgb', async t => {
  const path = join(await scratchDirectory(), 'picture.bmp');
  const header = Buffer.alloc(54);
  header.write('BM');
  for (const [at, value] of [
    [10, 54],
    [14, 40],
    [18, 1],
    [22, 1],
  ] as const)
    header.writeUInt32LE(value, at);
  header.writeUInt16LE(24, 28);
  await writeFile(path, Buffer.concat([header, Buffer.of(1, 2, 3, 0)]));
  const [frame] = await collectFrom(path);
  t.deepEqual([frame?.width, frame?.height, ...(frame?.data ?? [])], [1, 1, 3, 2, 1]);
});

test('what is not there is refused when it is opened', async t => {
  await t.throwsAsync(openSource('/nonexistent/a.jpg', {}, quiet), {code: 'SOURCE_FAILED', message: /no such file/});
  await t.throwsAsync(openSource('/nonexistent/*.jpg', {}, quiet), {code: 'SOURCE_FAILED', message: /no file matches/});
  await t.throwsAsync(openSource(await scratchDirectory(), {}, quiet), {
    code: 'SOURCE_FAILED',
    message: /holds no pictures/,
  });
});

test('a file URL is its path', async t => {
  const path = await writePng(join(await scratchDirectory(), 'a b.png'));
  t.is((await collectFrom(new URL(`file://${path.replace(' ', '%20')}`).href))[0]?.origin, path);
});

test('pictures in real time are a live source that ends', async t => {
  const directory = await scratchDirectory();
  for (const name of ['1.png', '2.png', '3.png']) await writePng(join(directory, name));
  const source = await openSource(directory, {realtime: true, fps: 100}, quiet);
  await collect(source);
  t.is(source.counters.captured, 3);
});

test('iteration ends at once when the signal has aborted', async t => {
  const source = await openSource(await writePng(join(await scratchDirectory(), 'a.png')), {loop: true}, quiet);
  const controller = new AbortController();
  let seen = 0;
  for await (const _frame of source.frames(controller.signal)) if (++seen === 5) controller.abort();
  t.is(seen, 5);
});
