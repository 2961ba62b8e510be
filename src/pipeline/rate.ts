/** Frames per second over the newest frames, by the monotonic clock of their capture. */
export class RateMeter {
  private readonly times: bigint[] = [];

  mark(atNs: bigint): void {
    this.times.push(atNs);
    if (this.times.length > 64) this.times.shift();
  }

  /** 0 until two frames have come, and once the last one is older than ten seconds. */
  perSecond(nowNs = process.hrtime.bigint()): number {
    const first = this.times[0];
    const last = this.times.at(-1);
    if (first === undefined || last === undefined || last <= first) return 0;
    if (nowNs - last > 10_000_000_000n) return 0;
    return (this.times.length - 1) / (Number(last - first) / 1e9);
  }
}
