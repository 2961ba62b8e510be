import {type Clock, msBetween} from './clock.ts';

/** Tells when a run takes too long. One timer serves many runs: a timer for each cost 50 µs a frame (x86-64, 2026-11). */
export class Deadline {
  readonly #clock: Clock;
  #dueNs = 0n;
  #wakeNs = 0n;
  #fire: (() => void) | undefined;
  #watching = false;
  #nap = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves after `ms`, unless it is cleared or set again before. */
  set(ms: number): Promise<undefined> {
    this.#dueNs = this.#clock.nowNs() + BigInt(Math.round(ms * 1e6));
    const late = new Promise<undefined>(resolve => {
      this.#fire = () => resolve(undefined);
    });
    if (!this.#watching) void this.#watch();
    else if (this.#dueNs < this.#wakeNs) this.#nap.abort();
    return late;
  }

  clear(): void {
    this.#fire = undefined;
  }

  /** Ends the timer too. */
  stop(): void {
    this.clear();
    this.#nap.abort();
  }

  /** Until nobody has set it when the timer ends. */
  async #watch(): Promise<void> {
    this.#watching = true;
    while (this.#fire !== undefined) {
      this.#nap = new AbortController();
      this.#wakeNs = this.#dueNs;
      await this.#clock.wait(msBetween(this.#clock.nowNs(), this.#dueNs), this.#nap.signal);
      if (this.#clock.nowNs() < this.#dueNs) continue;
      this.#fire?.();
      this.#fire = undefined;
    }
    this.#watching = false;
  }
}
