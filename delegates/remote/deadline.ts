import {performance} from 'node:perf_hooks';

/** When a call must be over, whatever it takes: connecting, sending, receiving, trying again. */
export interface Deadline {
  /** On the clock of `performance.now()`. */
  readonly at: number;
  /** The whole time allowed, for messages. */
  readonly ms: number;
}

export function deadlineIn(ms: number): Deadline {
  return {at: performance.now() + ms, ms};
}

/** Milliseconds that are left; 0 when it is over. */
export function leftMs({at}: Deadline): number {
  return Math.max(0, at - performance.now());
}
