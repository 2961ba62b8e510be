import {SourceError} from '../../error/errors.ts';
import {requireProgram} from '../child/program.ts';
import {systemClock} from '../clock.ts';
import type {SourceContext} from '../context.ts';
import type {Source} from '../contract.ts';
import {runCameraProgram} from '../live/child-attempt.ts';
import {LiveSource} from '../live/live-source.ts';
import type {Attempt} from '../live/supervise.ts';
import {feedMjpeg} from '../mjpeg/feed.ts';
import type {SourceOptions} from '../options.ts';

/** Newest name first. */
const programs = ['rpicam-vid', 'libcamera-vid'] as const;
const hint =
  'On Raspberry Pi OS: sudo apt-get install rpicam-apps-lite. Elsewhere use v4l2:/dev/video0 or an rtsp:// camera.';

/** `rpicam:` or `rpicam:INDEX`: a Raspberry Pi camera through libcamera, as JPEG. @throws {SourceError} bad index */
export async function openRpicam(uri: string, options: SourceOptions, context: SourceContext): Promise<Source> {
  const index = /^rpicam:(\d?)$/.exec(uri)?.[1];
  if (index === undefined)
    throw new SourceError(`${uri}: expected rpicam: or rpicam:INDEX`, 'Write for example rpicam:0.');
  const name = `rpicam:${index || '0'}`;
  return new LiveSource({
    name,
    attempt: running(name, cameraArgs(index, options), {options, context}),
    limitsFps: true,
    options,
    clock: context.clock ?? systemClock,
    log: context.log,
  });
}

function cameraArgs(index: string, {width, height, fps, inputArgs}: SourceOptions): string[] {
  return [
    ...['--timeout', '0', '--nopreview', '--codec', 'mjpeg', '--flush', '--output', '-'],
    ...(index === '' ? [] : ['--camera', index]),
    ...(width === undefined ? [] : ['--width', String(width)]),
    ...(height === undefined ? [] : ['--height', String(height)]),
    ...(fps === undefined ? [] : ['--framerate', String(fps)]),
    ...inputArgs,
  ];
}

function running(
  where: string,
  args: readonly string[],
  {options, context}: {options: SourceOptions; context: SourceContext},
): Attempt {
  const env = context.env ?? process.env;
  return async (feed, signal) => {
    const program = await requireProgram(programs, env, {where, hint});
    const spec = {program, args, env, redact: (text: string) => text};
    const read = (chunks: AsyncIterable<Uint8Array>) => feedMjpeg(chunks, feed, options.maxFrameBytes);
    const programName = program.slice(program.lastIndexOf('/') + 1);
    await runCameraProgram({where, programName, spec, read}, feed, signal);
  };
}
