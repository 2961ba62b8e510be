import {DunlinError} from '../error/errors.ts';
import type {HostExit} from '../native/host/contract.ts';

/** What kept a device from being used, for people. */
export interface Cause {
  readonly reason: string;
  readonly remedy: string;
}

/** What is known at once. */
export function causeOf(error: DunlinError): Cause {
  return {reason: error.message, remedy: error.hint};
}

/** The whole story, once it is known how the device's process ended; undefined when there is no more to come. */
export async function wholeCause(error: DunlinError): Promise<Cause | undefined> {
  if (!(error.cause instanceof Promise)) return undefined;
  try {
    const {cause, lastWords} = (await error.cause) as HostExit;
    const said = lastWords === undefined ? '' : `: ${lastWords}`;
    return {reason: `${error.message}; its process ${cause}${said}`, remedy: error.hint};
  } catch {
    return undefined; // nobody can tell
  }
}

/** Errors thrown on purpose as they are; anything else is a bug, and told as one. */
export function asDunlinError(error: unknown, wrap: (message: string, hint: string) => DunlinError): DunlinError {
  if (error instanceof DunlinError) return error;
  return wrap(error instanceof Error ? (error.stack ?? error.message) : String(error), 'Report this as a bug.');
}
