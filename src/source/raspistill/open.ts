import type {IRaspistillExecutor} from 'node-raspistill';
import {SourceError} from '../../error/errors.ts';
import {MissingProgramError, requireProgram} from '../child/program.ts';
import {systemClock} from '../clock.ts';
import type {SourceContext} from '../context.ts';
import type {Source} from '../contract.ts';
import {runCameraProgram} from '../live/child-attempt.ts';
import {LiveSource} from '../live/live-source.ts';
import type {Attempt} from '../live/supervise.ts';
import {feedMjpeg} from '../mjpeg/feed.ts';
import type {SourceOptions} from '../options.ts';

const hint =
  'raspistill belongs to the legacy camera stack of Raspberry Pi OS (Buster, or Bullseye with legacy support); else use rpicam:.';
const defaultFps = 1;
/** raspistill counts its run time in 32 bits: 24 days, after which it is started again. */
const longestMs = 2 ** 31 - 1;

/** `raspistill:`: stills of the legacy Raspberry Pi camera stack, one per second unless `fps` says more. */
export async function openRaspistill(uri: string, options: SourceOptions, context: SourceContext): Promise<Source> {
  if (uri !== 'raspistill:') throw new SourceError(`${uri}: expected raspistill: alone`, 'Write raspistill:.');
  return new LiveSource({
    name: 'raspistill',
    attempt: photographing('raspistill', options, context),
    limitsFps: true,
    options: {...options, fps: options.fps ?? defaultFps},
    clock: context.clock ?? systemClock,
    log: context.log,
  });
}

/** node-raspistill turns options into raspistill's arguments; the program runs under our own supervision. */
function photographing(where: string, options: SourceOptions, context: SourceContext): Attempt {
  const env = context.env ?? process.env;
  return async (feed, signal) => {
    const program = await requireProgram(['raspistill'], env, {where, hint});
    const {Raspistill} = await loadLibrary(where);
    const executor: IRaspistillExecutor = {
      exec: unused,
      spawnAndGetImage: unused,
      killProcess: () => {},
      async spawnAndGetImages(args) {
        const spec = {program, args: [...args, ...options.inputArgs], env, redact: (text: string) => text};
        const read = (chunks: AsyncIterable<Uint8Array>) => feedMjpeg(chunks, feed, options.maxFrameBytes);
        await runCameraProgram({where, programName: 'raspistill', spec, read}, feed, signal);
      },
    };
    const camera = new Raspistill({noFileSave: true, noPreview: true, ...sizeOf(options)}, undefined, executor);
    await camera.timelapse(Math.round(1000 / (options.fps ?? defaultFps)), longestMs, () => {});
  };
}

function sizeOf({width, height}: SourceOptions): {width?: number; height?: number} {
  return {...(width === undefined ? {} : {width}), ...(height === undefined ? {} : {height})};
}

async function loadLibrary(where: string): Promise<typeof import('node-raspistill')> {
  try {
    return await import('node-raspistill');
  } catch (cause) {
    throw new MissingProgramError(
      `${where}: the package node-raspistill is not installed`,
      'Run: npm install node-raspistill',
      {
        cause,
      },
    );
  }
}

async function unused(): Promise<never> {
  throw new TypeError('raspistill: only time lapse is used');
}
