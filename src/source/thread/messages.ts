import {type DunlinError, InputError, SourceError} from '../../error/errors.ts';
import type {Frame} from '../../image/frame.ts';
import {MissingProgramError} from '../child/program.ts';
import type {SourceCounters, SourceHealth} from '../contract.ts';
import type {Hwaccel, SourceOptions} from '../options.ts';

/** What a source thread is started with. */
export interface ThreadStart {
  readonly uri: string;
  readonly options: SourceOptions;
  readonly profileHwaccel: Hwaccel | undefined;
  readonly env: NodeJS.ProcessEnv | undefined;
}

/** `next` asks for the newest frame; `end` for the end. */
export type ToThread = 'next' | 'end';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export type FromThread =
  | {readonly kind: 'log'; readonly level: LogLevel; readonly fields: object; readonly message: string}
  | {readonly kind: 'health'; readonly health: SourceHealth; readonly counters: SourceCounters}
  | {readonly kind: 'frame'; readonly frame: Frame; readonly counters: SourceCounters}
  | {readonly kind: 'ended'; readonly counters: SourceCounters}
  | {readonly kind: 'failed'; readonly failure: Failure; readonly counters: SourceCounters};

/** An error that can be posted; structured cloning keeps no classes. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly hint: string;
}

const classes: Readonly<Record<string, new (message: string, hint: string) => DunlinError>> = {
  InputError,
  SourceError,
  MissingProgramError,
};

export function packError(error: unknown): Failure {
  if (!(error instanceof Error)) return {name: '', message: String(error), hint: ''};
  const hint = 'hint' in error ? String(error.hint) : '';
  return {name: error.name, message: error.message, hint};
}

/** The same error, or a plain one where its class is not among those that sources throw. */
export function unpackError({name, message, hint}: Failure): Error {
  const known = classes[name];
  return known === undefined ? new Error(`source thread: ${message}`) : new known(message, hint);
}
