import {chmod, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import {silentLog} from '../../../src/log/log.ts';
import {rawOutputArgs} from '../../../src/source/ffmpeg/args.ts';
import {hwaccelArgs} from '../../../src/source/ffmpeg/hwaccel.ts';
import {parseShowinfo} from '../../../src/source/ffmpeg/showinfo.ts';
import {openSource} from '../../../src/source/open.ts';
import {makeVideo, scratchDirectory} from '../../helpers/media.ts';
import {collect, quiet} from '../../helpers/sources.ts';

const announcements: [string, string, ReturnType<typeof parseShowinfo>][] = [
  [
    '5.1',
    '[Parsed_showinfo_2 @ 0x56019cf2b080] [info] n:   7 pts:  63000 pts_time:0.7     pos:    58844 fmt:yuv420p sar:1/1 s:640x480 i:P iskey:0 type:B ',
    {width: 640, height: 480, format: 'i420'},
  ],
  [
    '7.1',
    '[Parsed_showinfo_1 @ 0x7f0] [info] n:   0 pts:      0 pts_time:0       duration:      1 duration_time:0.04    fmt:nv12 cl:left sar:1/1 s:1920x1080 i:P iskey:1 type:I ',
    {width: 1920, height: 1080, format: 'nv12'},
  ],
  ['any', '[Parsed_showinfo_2 @ 0x56] [info] config in time_base: 1/90000, frame_rate: 10/1', undefined],
  ['any', '[info]     title           : n: 0 pts: 0 fmt:gray x s:9x9 ', undefined],
];
for (const [version, line, expected] of announcements) {
  test(`ffmpeg ${version}: ${line.slice(0, 60)}… announces ${JSON.stringify(expected)}`, t => {
    t.deepEqual(parseShowinfo(line), expected);
  });
}

test('older releases get the options that they know', t => {
  const args = (major: number, minor: number) => rawOutputArgs({path: 'ffmpeg', version: [major, minor]}, {}).join(' ');
  t.regex(args(4, 2), /showinfo -vsync 0 -f rawvideo/);
  t.regex(args(4, 4), /showinfo=checksum=0 -autoscale 0 -vsync 0 -f rawvideo/);
  t.regex(args(7, 1), /showinfo=checksum=0 -autoscale 0 -fps_mode passthrough -f rawvideo/);
});

test('decoders that are chosen by name follow the codec of the stream', async t => {
  const path = await makeVideo(join(await scratchDirectory(), 'clip.mkv'), {frames: 1});
  const probe = {
    ffprobe: async () => 'ffprobe',
    inputArgs: ['-i', path],
    env: process.env,
    timeoutMs: 20_000,
    signal: new AbortController().signal,
  };
  t.deepEqual(await hwaccelArgs('v4l2m2m', probe), ['-c:v', 'h264_v4l2m2m']);
  t.deepEqual(await hwaccelArgs('nvmpi', probe), ['-c:v', 'h264_nvmpi']);
  t.deepEqual(await hwaccelArgs('vaapi', probe), ['-hwaccel', 'vaapi']);
  t.deepEqual(await hwaccelArgs('none', probe), []);
  t.deepEqual(await hwaccelArgs('v4l2m2m', {...probe, inputArgs: ['-i', '/nonexistent']}), []);
});

for (const hwaccel of ['cuda', 'v4l2m2m', 'nvmpi', 'auto'] as const) {
  for (const realtime of [false, true]) {
    test(`where ${hwaccel} is not to be had, ${realtime ? 'a live' : 'a'} video is decoded in software`, async t => {
      const path = await makeVideo(join(await scratchDirectory(), 'clip.mkv'), {frames: 4, fps: 50});
      const source = await openSource(path, {realtime, hwaccel, restartMinS: 0.01}, {...quiet, profileHwaccel: 'none'});
      const frames = await collect(source);
      t.like(frames.at(-1), {width: 320, height: 240});
      t.is(source.counters.captured, 4);
    });
  }
}

test('the profile says how to decode where the options do not', async t => {
  const path = await makeVideo(join(await scratchDirectory(), 'clip.mkv'), {frames: 1});
  const notes: string[] = [];
  const log = {...silentLog, warn: (fields: object) => void notes.push(JSON.stringify(fields)), child: () => log};
  t.is((await collect(await openSource(path, {}, {log, profileHwaccel: 'nvmpi'}))).length, 1);
  t.regex(notes[0] ?? '', /"hwaccel":"nvmpi"/);
});

test('an ffmpeg that says its version in words of its own counts as new', async t => {
  const directory = await scratchDirectory();
  const log = join(directory, 'args');
  await writeFile(
    join(directory, 'ffmpeg'),
    `#!/bin/sh\n[ "$2" = -version ] && echo "ffmpeg version N-12345-gabcdef" && exit\necho "$@" > ${log}\nexit 1\n`,
  );
  await chmod(join(directory, 'ffmpeg'), 0o755);
  const path = await makeVideo(join(await scratchDirectory(), 'clip.mkv'), {frames: 1});
  const env = {...process.env, PATH: `${directory}:${process.env.PATH}`};
  const source = await openSource(path, {}, {log: silentLog, env});
  await t.throwsAsync(collect(source), {code: 'INPUT_INVALID', message: /ffmpeg exited with code 1$/});
});
