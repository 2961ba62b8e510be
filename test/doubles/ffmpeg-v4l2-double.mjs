#!/usr/bin/env node
// Stands for an ffmpeg that has a V4L2 camera: lists the camera's formats in ffmpeg's words, and replaces the camera by a
// generated picture in the format that was asked for. Everything else is done by the real ffmpeg (FFMPEG).
// V4L2_DOUBLE: JSON {"formats": [[kind, name, description, sizes], …], "log": PATH}.
import {spawn} from 'node:child_process';
import {appendFileSync} from 'node:fs';

const {formats, log} = JSON.parse(process.env.V4L2_DOUBLE);
const args = process.argv.slice(2);
appendFileSync(log, `${JSON.stringify(args)}\n`);

if (args.includes('-list_formats')) {
  for (const [kind, name, description, sizes] of formats) {
    const columns = `${kind.padEnd(10)}: ${name.padStart(11)} : ${description.padStart(20)} : ${sizes}`;
    process.stderr.write(`[video4linux2,v4l2 @ 0x55d0c8c0a6c0] ${columns}\n`);
  }
  process.stderr.write('/dev/video7: Immediate exit requested\n');
  process.exit(1);
}

const from = args.indexOf('-f');
const to = args.indexOf('-i');
const value = name => (args.indexOf(name) < 0 ? undefined : args[args.indexOf(name) + 1]);
const camera =
  to < 0
    ? undefined
    : `testsrc2=size=${value('-video_size') ?? '320x240'}:rate=${value('-framerate') ?? '25'},realtime`;
const jpeg = value('-input_format') === 'mjpeg';
const real = process.env.FFMPEG;
if (camera === undefined) {
  spawn(real, args, {stdio: 'inherit'}).on('exit', code => process.exit(code ?? 1));
} else if (jpeg) {
  const made = ['-f', 'lavfi', '-i', camera, '-c:v', 'mjpeg', '-f', 'mjpeg', 'pipe:1'];
  spawn(real, ['-nostdin', '-loglevel', 'error', ...made], {stdio: 'inherit'}).on('exit', code =>
    process.exit(code ?? 1),
  );
} else {
  const generated = ['-f', 'lavfi', '-i', `${camera},format=${value('-input_format') ?? 'yuv422p'}`];
  const rest = [...args.slice(0, from), ...generated, ...args.slice(to + 2)];
  spawn(real, rest, {stdio: 'inherit'}).on('exit', code => process.exit(code ?? 1));
}
