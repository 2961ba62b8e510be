import {execFile} from 'node:child_process';
import {mkdtemp} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';

const run = promisify(execFile);

/** A fresh directory for one test. */
export function scratchDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'dunlin-source-'));
}

/** Runs ffmpeg on generated input: `lavfi` graph in, `path` out (format by its extension). */
export async function makeMedia(lavfi: string, path: string, args: readonly string[] = []): Promise<string> {
  const quiet = ['-hide_banner', '-nostdin', '-loglevel', 'error', '-y'];
  await run('ffmpeg', [...quiet, '-f', 'lavfi', '-i', lavfi, ...args, path]);
  return path;
}

/** H.264 in Matroska by default; every frame differs from the one before. */
export function makeVideo(
  path: string,
  {
    size = '320x240',
    frames = 12,
    fps = 10,
    args = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'],
  } = {},
): Promise<string> {
  return makeMedia(`testsrc2=size=${size}:rate=${fps}`, path, ['-frames:v', String(frames), ...args]);
}

/** What ffmpeg itself decodes from a file: raw frames in one piece. */
export async function decodeByFfmpeg(path: string, pixelFormat: string): Promise<Buffer> {
  const args = ['-hide_banner', '-nostdin', '-loglevel', 'error', '-i', path, '-pix_fmt', pixelFormat];
  const passthrough = ['-fps_mode', 'passthrough', '-f', 'rawvideo', 'pipe:1'];
  const {stdout} = await run('ffmpeg', [...args, ...passthrough], {encoding: 'buffer', maxBuffer: 1024 ** 3});
  return stdout;
}

/** One JPEG picture. */
export function makeJpeg(path: string, size = '320x240'): Promise<string> {
  return makeMedia(`testsrc2=size=${size}`, path, ['-frames:v', '1', '-f', 'mjpeg']);
}

/** JPEG pictures one behind the other, as a camera program writes them. */
export async function makeMjpeg(path: string, {size = '320x240', frames = 5, quality = 5} = {}): Promise<string> {
  return makeMedia(`testsrc2=size=${size}:rate=10`, path, [
    ...['-frames:v', String(frames), '-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p', '-q:v', String(quality), '-f', 'mjpeg'],
  ]);
}
