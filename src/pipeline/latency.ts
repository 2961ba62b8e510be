/** Quantiles over the newest runs, for `<pipeline>/state` and `dunlin bench`. */
export class LatencyWindow {
  private readonly values: Float64Array;
  private count = 0;

  /** @param size how many of the newest values are kept */
  constructor(size = 512) {
    this.values = new Float64Array(size);
  }

  add(milliseconds: number): void {
    this.values[this.count % this.values.length] = milliseconds;
    this.count++;
  }

  /** Undefined until there is a value. */
  quantiles(): {readonly p50: number; readonly p95: number; readonly p99: number} | undefined {
    const filled = Math.min(this.count, this.values.length);
    if (filled === 0) return undefined;
    const sorted = this.values.slice(0, filled).sort();
    return {p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), p99: quantile(sorted, 0.99)};
  }
}

/** The nearest-rank quantile of sorted values. */
export function quantile(sorted: Float64Array | readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
}

/** Milliseconds rounded to what a person reads: three decimals. */
export function roundMs(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
