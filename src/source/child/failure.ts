import {SourceError} from '../../error/errors.ts';
import type {ChildExit} from './child.ts';

/** One line on how a program ended: `ffmpeg exited with code 1: Connection refused`. */
export function describeExit(program: string, {code, signal, tail}: ChildExit): string {
  const how = signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
  const last = tail.at(-1);
  return `${program} ${how}${last === undefined ? '' : `: ${last}`}`;
}

/** The error for a program that should have gone on. */
export function exitError(where: string, program: string, exit: ChildExit): SourceError {
  return new SourceError(
    `${where}: ${describeExit(program, exit)}`,
    'Check that the camera or stream is reachable and not in use elsewhere.',
  );
}
