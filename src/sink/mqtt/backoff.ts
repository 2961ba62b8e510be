/** Bounds of the pause between two attempts, milliseconds. */
export interface BackoffRange {
  readonly minMs: number;
  readonly maxMs: number;
}

/**
 * Pause before the next attempt: doubles per failure up to `maxMs`, of which the upper half is random,
 * so that a room full of nodes does not return to a restarted broker in step.
 *
 * @param failures attempts that failed in a row, from 1
 * @param random 0–1
 */
export function backoffMs(failures: number, range: BackoffRange, random: number): number {
  const ceiling = Math.min(range.maxMs, range.minMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(ceiling * (0.5 + 0.5 * random));
}
