import {constants} from 'node:fs';
import {access} from 'node:fs/promises';
import {delimiter, join} from 'node:path';
import {SourceError} from '../../error/errors.ts';

/** A program that a source needs is not installed. */
export class MissingProgramError extends SourceError {}

/** Full path of the first of `names` on the PATH of `env`; undefined when there is none. */
export async function findProgram(names: readonly string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const directories = (env.PATH ?? '/usr/local/bin:/usr/bin:/bin').split(delimiter).filter(Boolean);
  for (const name of names) {
    for (const directory of directories) {
      const path = join(directory, name);
      if (await isExecutable(path)) return path;
    }
  }
  return undefined;
}

/**
 * The same for a program that must be there.
 *
 * @param where the source's name, first in the message
 * @param hint how to install it
 * @throws {MissingProgramError}
 */
export async function requireProgram(
  names: readonly string[],
  env: NodeJS.ProcessEnv,
  {where, hint}: {where: string; hint: string},
): Promise<string> {
  const path = await findProgram(names, env);
  if (path !== undefined) return path;
  throw new MissingProgramError(`${where}: ${names.join(' or ')} is not installed`, hint);
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
