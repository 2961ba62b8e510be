/** Retries that may be saved up. */
const most = 10;

/** Allows retries as a share of the calls that went well, so that a struggling server is not hit twice as hard. */
export class RetryBudget {
  readonly #share: number;
  #saved: number;

  /** @param share retries per call that went well, 0–1; 0 allows none */
  constructor(share: number) {
    this.#share = share;
    this.#saved = share > 0 ? 1 : 0;
  }

  succeeded(): void {
    this.#saved = Math.min(most, this.#saved + this.#share);
  }

  /** True when a retry is allowed; it is then spent. */
  take(): boolean {
    if (this.#saved < 1) return false;
    this.#saved -= 1;
    return true;
  }
}
