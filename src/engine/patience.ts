/** A run that takes this many times the slowest one lately is not waited for any longer. */
const times = 3;

/** How long a run may go without an answer before another delegate gets the frame: follows the runs before it. */
export class Patience {
  readonly #leastMs: number;
  #slowestMs = 0;

  constructor(leastMs: number) {
    this.#leastMs = leastMs;
  }

  get ms(): number {
    return Math.max(this.#leastMs, this.#slowestMs * times);
  }

  /** The slowest run fades, so that one does not blunt the limit for ever. */
  add(runMs: number): void {
    this.#slowestMs = Math.max(runMs, this.#slowestMs * 0.99);
  }
}
