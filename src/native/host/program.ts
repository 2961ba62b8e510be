import {existsSync} from 'node:fs';
import path from 'node:path';
import {NativeUnavailableError} from '../../error/errors.ts';
import {packageRoot} from '../package-root.ts';

const name = 'dunlin-host';

/**
 * The program that owns a device, for this machine: `DUNLIN_HOST` (a file), the local build, or the prebuilt one that a
 * release carries.
 *
 * @throws {NativeUnavailableError} there is none; says where it was looked for
 */
export function findHostProgram(env: NodeJS.ProcessEnv = process.env): string {
  const files = candidates(env);
  const found = files.find(file => existsSync(file));
  if (found !== undefined) return found;
  throw new NativeUnavailableError(
    `native: ${name} is missing; looked for ${files.join(' and ')}`,
    env.DUNLIN_HOST
      ? `Correct DUNLIN_HOST, or unset it.`
      : 'Build it: node scripts/build-addon.mjs --force (needs a C compiler; on Debian, Ubuntu or Raspberry Pi OS: apt-get install gcc libc6-dev)',
  );
}

function candidates(env: NodeJS.ProcessEnv): readonly string[] {
  if (env.DUNLIN_HOST) return [path.resolve(env.DUNLIN_HOST)];
  const platform = `${process.platform}-${process.arch}`;
  return [path.join(packageRoot, 'build', platform, name), path.join(packageRoot, 'npm', platform, name)];
}
