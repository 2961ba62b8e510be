import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import type {Hwaccel} from '../options.ts';

const run = promisify(execFile);

/** Decoders that are chosen by name instead of by `-hwaccel`, so the stream's codec must be known first. */
const decoderSuffix: Partial<Record<Hwaccel, string>> = {v4l2m2m: '_v4l2m2m', nvmpi: '_nvmpi'};
const decoderCodecs = new Set(['h264', 'hevc', 'mpeg2', 'mpeg4', 'vp8', 'vp9']);

export interface ProbeOptions {
  readonly ffprobe: () => Promise<string>;
  /** What stands before and with `-i`. */
  readonly inputArgs: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** ffmpeg's arguments before `-i`; none where the stream's codec has no such decoder. */
export async function hwaccelArgs(hwaccel: Hwaccel, probe: ProbeOptions): Promise<readonly string[]> {
  if (hwaccel === 'none') return [];
  const suffix = decoderSuffix[hwaccel];
  if (suffix === undefined) return ['-hwaccel', hwaccel];
  const codec = (await probeCodec(probe)).replace('mpeg2video', 'mpeg2');
  return decoderCodecs.has(codec) ? ['-c:v', `${codec}${suffix}`] : [];
}

/** Name of the first video stream's codec; empty when it cannot be found out. */
async function probeCodec({ffprobe, inputArgs, env, timeoutMs, signal}: ProbeOptions): Promise<string> {
  const what = ['-v', 'error', '-select_streams', 'v:0', '-show_entries', 'stream=codec_name', '-of', 'csv=p=0'];
  const options = {env, timeout: timeoutMs, killSignal: 'SIGKILL', signal} as const;
  const {stdout} = await run(await ffprobe(), [...what, ...inputArgs], options).catch(() => ({stdout: ''}));
  return stdout.trim().split(/[\n,]/)[0] ?? '';
}
