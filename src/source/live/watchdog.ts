import type {Clock} from '../clock.ts';

/** Timers of an event loop that is not blocked come sooner. */
const maxLateMs = 200;

export interface WatchdogOptions {
  readonly clock: Clock;
  /** Patience for the first sign of life, and between later ones. */
  readonly firstMs: number;
  readonly nextMs: number;
  /** Called once for each silence. @param silentMs what has passed since the last sign of life */
  readonly onSilence: (silentMs: number) => void;
}

/** Notices that something has gone silent. `alive()` is cheap: one clock reading, no timer. */
export class Watchdog {
  readonly #options: WatchdogOptions;
  #lastNs: bigint;
  #patienceMs: number;
  #timer: NodeJS.Timeout | undefined;
  #dueNs = 0n;
  #stopped = false;

  constructor(options: WatchdogOptions) {
    this.#options = options;
    this.#lastNs = options.clock.nowNs();
    this.#patienceMs = options.firstMs;
    this.#timer = this.#schedule(options.firstMs);
  }

  alive(): void {
    this.#lastNs = this.#options.clock.nowNs();
    const waiting = this.#timer !== undefined && this.#patienceMs === this.#options.nextMs;
    if (waiting || this.#stopped) return;
    this.#patienceMs = this.#options.nextMs;
    clearTimeout(this.#timer);
    this.#timer = this.#schedule(this.#patienceMs);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(ms: number): NodeJS.Timeout {
    const waitMs = Math.min(Math.max(1, ms), 2 ** 31 - 1);
    this.#dueNs = this.#options.clock.nowNs() + BigInt(Math.round(waitMs * 1e6));
    // Timers run before pending input: look once some of that has been read.
    return setTimeout(() => setImmediate(() => this.#check()), waitMs);
  }

  #check(): void {
    if (this.#stopped) return;
    const {clock} = this.#options;
    const lateMs = Number(clock.nowNs() - this.#dueNs) / 1e6;
    const silentMs = Number(clock.nowNs() - this.#lastNs) / 1e6;
    // A blocked event loop was deaf, not the source silent: wait as long again for what arrived meanwhile.
    const leftMs = lateMs > maxLateMs ? lateMs : this.#patienceMs - silentMs;
    if (leftMs > 0) {
      this.#timer = this.#schedule(leftMs);
      return;
    }
    this.#timer = undefined;
    this.#options.onSilence(silentMs);
  }
}
