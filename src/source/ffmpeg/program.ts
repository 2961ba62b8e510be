import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import {requireProgram} from '../child/program.ts';

const run = promisify(execFile);

export interface Ffmpeg {
  readonly path: string;
  /** `5.1` as [5, 1]; builds without a release number count as new. */
  readonly version: readonly [major: number, minor: number];
}

const installHint = 'Install it: sudo apt-get install ffmpeg';
const known = new Map<string, Promise<Ffmpeg>>();

/**
 * The ffmpeg on the PATH and its version, asked once per process.
 *
 * @throws {MissingProgramError}
 */
export async function findFfmpeg(where: string, env: NodeJS.ProcessEnv): Promise<Ffmpeg> {
  const path = await requireProgram(['ffmpeg'], env, {where, hint: installHint});
  const asked = known.get(path) ?? readVersion(path, env);
  known.set(path, asked);
  return asked;
}

/** @throws {MissingProgramError} */
export function requireFfprobe(where: string, env: NodeJS.ProcessEnv): Promise<string> {
  return requireProgram(['ffprobe'], env, {where, hint: installHint});
}

async function readVersion(path: string, env: NodeJS.ProcessEnv): Promise<Ffmpeg> {
  const {stdout} = await run(path, ['-hide_banner', '-version'], {env, timeout: 10_000, killSignal: 'SIGKILL'}).catch(
    () => ({stdout: ''}),
  );
  const match = /^ffmpeg version n?(\d+)\.(\d+)/.exec(stdout);
  return {path, version: match === null ? [99, 0] : [Number(match[1]), Number(match[2])]};
}

/** Whether this build is of release `major.minor` or newer. */
export function isAtLeast({version}: Ffmpeg, major: number, minor: number): boolean {
  return version[0] > major || (version[0] === major && version[1] >= minor);
}
