/** A device that is slower than this many times its usual run has hung. */
const usualTimes = 10;
/** Milliseconds: below, a busy machine would be taken for a hung device; above, a pipeline would be without results too long. */
const least = 300;
const most = 30_000;
/** Until there are runs to go by: the first ones load weights and compile kernels. */
const first = 10_000;

/** How long a run may take before it counts as a hang: by the runs before it, or as configured. */
export class RunClock {
  readonly #fixedMs: number | undefined;
  #runs = 0;
  #longestMs = 0;

  constructor(fixedMs: number | undefined) {
    this.#fixedMs = fixedMs;
  }

  get timeoutMs(): number {
    if (this.#fixedMs !== undefined) return this.#fixedMs;
    if (this.#runs < 2) return first;
    return Math.min(most, Math.max(least, this.#longestMs * usualTimes));
  }

  /** The longest run fades, so that one slow run does not blunt the clock for ever. */
  add(runMs: number): void {
    this.#runs++;
    if (this.#runs === 1) return;
    this.#longestMs = Math.max(runMs, this.#longestMs * 0.99);
  }
}
