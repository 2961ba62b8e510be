import {DunlinError, isRetryable} from '../error/errors.ts';
import type {WorkerFailure} from './protocol.ts';

/** An error as plain data that can cross threads. */
export function describeFailure(error: unknown): WorkerFailure {
  if (error instanceof DunlinError) {
    const {code, message, hint} = error;
    return {code, message, hint, retryable: isRetryable(error)};
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {code: 'BUG', message: text, hint: 'Report this as a bug.', retryable: true};
}
