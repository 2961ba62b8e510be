import {readFile, symlink, writeFile} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {scratchDirectory} from './media.ts';

/** See test/doubles/camera-program-double.mjs. */
export type CameraStep =
  | {readonly jpeg: string; readonly count?: number; readonly fps?: number}
  | {readonly cut: string; readonly bytes: number}
  | {readonly garbage: number}
  | {readonly stderr: string}
  | {readonly exit: number}
  | {readonly hang: true};

export interface CameraDouble {
  /** Environment in which the double is found as `name`. */
  readonly env: NodeJS.ProcessEnv;
  /** What each start was given. */
  starts(): Promise<readonly {readonly pid: number; readonly program: string; readonly args: readonly string[]}[]>;
}

/** Puts a double of a camera program on a PATH. */
export async function cameraDouble(name: string, runs: readonly (readonly CameraStep[])[]): Promise<CameraDouble> {
  const directory = await scratchDirectory();
  const log = join(directory, 'starts.jsonl');
  const settings = join(directory, 'double.json');
  await writeFile(settings, JSON.stringify({log, runs}));
  await symlink(resolve('test/doubles/camera-program-double.mjs'), join(directory, name));
  const path = `${directory}:${process.env.PATH}`;
  return {
    env: {...process.env, PATH: path, CAMERA_DOUBLE: settings},
    async starts() {
      const text = await readFile(log, 'utf8').catch(() => '');
      return text
        .split('\n')
        .filter(Boolean)
        .map(line => JSON.parse(line));
    },
  };
}
