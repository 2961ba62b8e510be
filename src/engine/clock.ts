/** Time as the engine sees it; tests pass their own. */
export interface Clock {
  /** Monotonic. */
  nowNs(): bigint;
  /** Wall clock, milliseconds since 1970. */
  wallMs(): number;
  /** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function msBetween(startNs: bigint, endNs: bigint): number {
  return Number(endNs - startNs) / 1e6;
}
