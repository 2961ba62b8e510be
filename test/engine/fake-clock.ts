import type {Clock} from '../../src/engine/clock.ts';

interface Timer {
  readonly dueMs: number;
  fire(): void;
}

/** A clock that stands still until it is told to advance. */
export class FakeClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<Timer>();

  nowNs(): bigint {
    return BigInt(Math.round(this.#nowMs * 1e6));
  }

  wallMs(): number {
    return 1_800_000_000_000 + this.#nowMs;
  }

  wait(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise(resolve => {
      const timer = {
        dueMs: this.#nowMs + ms,
        fire: () => {
          this.#timers.delete(timer);
          resolve();
        },
      };
      this.#timers.add(timer);
      signal.addEventListener('abort', timer.fire, {once: true});
    });
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Waits that have not ended. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Lets `ms` pass, firing every timer at its time; what each one sets off is done before the next. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (;;) {
      await settle();
      const next = [...this.#timers].sort((one, other) => one.dueMs - other.dueMs)[0];
      if (next === undefined || next.dueMs > endMs) break;
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.fire();
    }
    this.#nowMs = endMs;
  }
}

/** Every promise that can be settled is, with all that follows from it. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setImmediate(resolve));
}
