import {setTimeout as delay} from 'node:timers/promises';

/** Time as sources see it; tests pass their own. */
export interface Clock {
  /** Monotonic. */
  nowNs(): bigint;
  /** Wall clock, milliseconds since 1970. */
  wallMs(): number;
  /** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  nowNs: () => process.hrtime.bigint(),
  wallMs: () => Date.now(),
  wait: (ms, signal) => delay(ms, undefined, {signal}).catch(() => undefined),
};
