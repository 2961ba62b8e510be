import {SourceError} from '../../error/errors.ts';
import {systemClock} from '../clock.ts';
import type {SourceContext} from '../context.ts';
import type {Source} from '../contract.ts';
import {decodingAttempt} from '../ffmpeg/decode-attempt.ts';
import {type Ffmpeg, findFfmpeg} from '../ffmpeg/program.ts';
import {runCameraProgram} from '../live/child-attempt.ts';
import type {Feed} from '../live/feed.ts';
import {LiveSource} from '../live/live-source.ts';
import type {Attempt} from '../live/supervise.ts';
import {feedMjpeg} from '../mjpeg/feed.ts';
import type {SourceOptions} from '../options.ts';
import {type CaptureMode, chooseMode, listFormats} from './formats.ts';

interface Camera {
  readonly where: string;
  readonly device: string;
  readonly options: SourceOptions;
  readonly context: SourceContext;
}

/** `v4l2:/dev/video0`: a camera of Video4Linux through ffmpeg. @throws {SourceError} not a device path */
export async function openV4l2(uri: string, options: SourceOptions, context: SourceContext): Promise<Source> {
  const device = uri.replace(/^v4l2:/, '');
  if (!/^\/dev\/[\w./:@+-]+$/.test(device) || device.includes('..')) {
    throw new SourceError(`${uri}: expected v4l2:/dev/NAME`, 'Write for example v4l2:/dev/video0.');
  }
  const camera = {where: `v4l2:${device}`, device, options, context};
  return new LiveSource({
    name: camera.where,
    attempt: capturing(camera),
    limitsFps: true,
    options,
    clock: context.clock ?? systemClock,
    log: context.log,
  });
}

/** Asks for the camera's formats at each attempt, because another one may be plugged in. */
function capturing(camera: Camera): Attempt {
  const {where, device, options, context} = camera;
  const env = context.env ?? process.env;
  let mode: CaptureMode = {mjpeg: true, inputFormat: undefined};
  const decode = decodingAttempt({
    // Size and rate are asked of the camera; ffmpeg neither scales nor drops.
    options: {...options, width: undefined, height: undefined, fps: undefined},
    context,
    where,
    isCamera: true,
    input: () => ({args: captureArgs(camera, mode), redact: text => text}),
  });
  return async (feed, signal) => {
    const ffmpeg = await findFfmpeg(where, env);
    mode = chooseMode(await listFormats(device, ffmpeg, {env, signal, timeoutMs: options.startWithinS * 1000}));
    if (signal.aborted) return;
    if (mode.mjpeg) await passJpeg(camera, ffmpeg, {args: captureArgs(camera, mode), feed, signal});
    else await decode(feed, signal);
  };
}

function captureArgs({device, options}: Camera, {inputFormat}: CaptureMode): string[] {
  const {width, height, fps} = options;
  return [
    ...['-f', 'v4l2', '-fflags', 'nobuffer'],
    ...(inputFormat === undefined ? [] : ['-input_format', inputFormat]),
    ...(width === undefined || height === undefined ? [] : ['-video_size', `${width}x${height}`]),
    ...(fps === undefined ? [] : ['-framerate', String(fps)]),
    ...['-i', device],
  ];
}

function passJpeg(
  {where, options, context}: Camera,
  {path}: Ffmpeg,
  {args, feed, signal}: {args: readonly string[]; feed: Feed; signal: AbortSignal},
): Promise<void> {
  const quiet = ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'error'];
  const output = ['-map', '0:v:0', '-c:v', 'copy', '-f', 'mjpeg', '-flush_packets', '1', 'pipe:1'];
  const spec = {
    program: path,
    args: [...quiet, ...options.inputArgs, ...args, ...output],
    env: context.env ?? process.env,
    redact: (text: string) => text,
  };
  const read = (chunks: AsyncIterable<Uint8Array>) => feedMjpeg(chunks, feed, options.maxFrameBytes);
  return runCameraProgram({where, programName: 'ffmpeg', spec, read}, feed, signal);
}
