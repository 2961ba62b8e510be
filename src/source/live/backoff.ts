/** An attempt that gave frames for so long was sound; the next failure starts again from the shortest pause. */
const settledMs = 5000;

/** Pauses between restarts: doubling from `minMs` to `maxMs`, shortened by up to a quarter at random. */
export class Backoff {
  readonly #minMs: number;
  readonly #maxMs: number;
  #failures = 0;

  constructor(minMs: number, maxMs: number) {
    this.#minMs = minMs;
    this.#maxMs = Math.max(minMs, maxMs);
  }

  /** @param goodMs how long the attempt that just ended had been giving frames; 0 when it gave none */
  nextMs(goodMs: number): number {
    if (goodMs >= settledMs) this.#failures = 0;
    const full = Math.min(this.#maxMs, this.#minMs * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    return Math.round(full * (0.75 + 0.25 * Math.random()));
  }
}
