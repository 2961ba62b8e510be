import type {Log} from '../log/log.ts';
import type {SourceCounters, SourceHealth} from './contract.ts';

/** What a source tells about itself: its counters and its health. */
export class SourceState {
  captured = 0;
  dropped = 0;
  bad = 0;
  restarts = 0;
  readonly #log: Log;
  readonly #listeners = new Set<(health: SourceHealth) => void>();
  #health: SourceHealth = {status: 'starting'};

  constructor(log: Log) {
    this.#log = log;
  }

  get counters(): SourceCounters {
    return {captured: this.captured, dropped: this.dropped, bad: this.bad, restarts: this.restarts};
  }

  get health(): SourceHealth {
    return this.#health;
  }

  /** Tells the listeners when status or reason differ from before. */
  setHealth(health: SourceHealth): void {
    const before = this.#health;
    if (before.status === health.status && before.reason === health.reason) return;
    this.#health = health;
    for (const listener of this.#listeners) listener(health);
  }

  onHealth(listener: (health: SourceHealth) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Counts a frame that cannot be used; the first and then every hundredth is worth a warning. */
  countBad(reason: string, source: string): void {
    this.bad += 1;
    if (this.bad % 100 === 1) this.#log.warn({source, bad: this.bad, reason}, 'bad frame skipped');
    else this.#log.debug({source, bad: this.bad, reason}, 'bad frame skipped');
  }
}
