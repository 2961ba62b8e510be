import {writeFileSync} from 'node:fs';
import {SinkError, UsageError} from '../error/errors.ts';

/**
 * Writes a file that the user asked for.
 *
 * @param replace false refuses to touch a file that is there already
 * @throws {UsageError} it is there already
 * @throws {SinkError} it cannot be written
 */
export function writeFile(path: string, content: string | Uint8Array, {replace}: {readonly replace: boolean}): void {
  try {
    writeFileSync(path, content, {flag: replace ? 'w' : 'wx'});
  } catch (cause) {
    const {code} = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw new UsageError(`${path}: is there already`, 'Name another file, or remove this one first.', {cause});
    throw new SinkError(
      `${path}: cannot be written (${code})`,
      'Name a folder that exists and that you may write to.',
      {cause},
    );
  }
}
