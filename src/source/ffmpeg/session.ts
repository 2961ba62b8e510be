import type {Log} from '../../log/log.ts';
import {Child} from '../child/child.ts';
import type {Hwaccel, SourceOptions} from '../options.ts';
import {commonArgs, rawOutputArgs} from './args.ts';
import {hwaccelArgs} from './hwaccel.ts';
import {type Ffmpeg, findFfmpeg, requireFfprobe} from './program.ts';
import {FrameInfos} from './raw-frames.ts';
import {parseShowinfo} from './showinfo.ts';

/** What ffmpeg reads. `args` ends with `-i` and its value. */
export interface FfmpegInput {
  readonly args: readonly string[];
  readonly redact: (text: string) => string;
}

export interface DecodeOptions {
  readonly options: SourceOptions;
  readonly hwaccel: Hwaccel;
  readonly skip?: number;
  readonly isCamera?: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
}

/** A running ffmpeg that decodes to raw frames. The tail of the child's end holds what ffmpeg calls errors. */
export interface Decoding {
  readonly child: Child;
  readonly infos: FrameInfos;
}

/**
 * Starts ffmpeg.
 *
 * @param where the source's name, free of secrets
 * @throws {MissingProgramError}
 */
export async function startDecoding(
  where: string,
  inputFor: (ffmpeg: Ffmpeg) => FfmpegInput,
  {options, env, log, hwaccel, skip = 0, isCamera = false}: DecodeOptions,
  signal: AbortSignal,
): Promise<Decoding> {
  const ffmpeg = await findFfmpeg(where, env);
  const input = inputFor(ffmpeg);
  const hardware = await hwaccelArgs(hwaccel, {
    ffprobe: () => requireFfprobe(where, env),
    inputArgs: input.args,
    env,
    timeoutMs: options.startWithinS * 1000,
    signal,
  });
  const args = [...commonArgs, ...hardware, ...options.inputArgs, ...input.args];
  const output = rawOutputArgs(ffmpeg, {...options, skip, isCamera});
  log.debug({source: where, args: [...args, ...output].map(input.redact)}, 'starting ffmpeg');
  const infos = new FrameInfos();
  const onLine = (line: string) => readLine(line, infos);
  const redact = (text: string) => input.redact(text.replace(logPrefix, ''));
  const spec = {program: ffmpeg.path, args: [...args, ...output], env, redact, onLine, onLinesEnd: () => infos.end()};
  return {child: await Child.start(spec, signal), infos};
}

/** `[h264 @ 0x55d0] [error] `, with the level in the second group. */
const logPrefix = /^(\[[^\]]* @ 0x[0-9a-f]+\] )?\[(\w+)\] /;

/** Takes announcements and chatter; leaves what ffmpeg calls an error. */
function readLine(line: string, infos: FrameInfos): boolean {
  const info = parseShowinfo(line);
  if (info !== undefined) infos.push(info);
  const level = logPrefix.exec(line)?.[2];
  return info !== undefined || (level !== undefined && !['error', 'fatal', 'panic'].includes(level));
}
