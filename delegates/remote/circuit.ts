export interface CircuitOptions {
  /** Failures in a row that open it. */
  readonly failures: number;
  /** Milliseconds until one call is let through as a trial. */
  readonly resetMs: number;
}

/**
 * Leaves a server alone that failed several times in a row. Closed: calls pass. Open: none does, until `resetMs` have gone
 * by. Then half open: one call passes as a trial, and its end closes or opens it again.
 */
export class Circuit {
  readonly #options: CircuitOptions;
  readonly #now: () => number;
  #failures = 0;
  #openUntil: number | undefined;
  #trial = false;

  /** @param now milliseconds that only grow */
  constructor(options: CircuitOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
  }

  /** Milliseconds until a call may be tried; 0 when it may now. */
  get restMs(): number {
    if (this.#openUntil === undefined) return 0;
    return this.#trial ? this.#options.resetMs : Math.max(0, this.#openUntil - this.#now());
  }

  get failures(): number {
    return this.#failures;
  }

  /** False when the call must not be made. A call that is let through must report its end. */
  admit(): boolean {
    if (this.restMs > 0) return false;
    this.#trial = this.#openUntil !== undefined;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openUntil = undefined;
    this.#trial = false;
  }

  failed(): void {
    this.#failures++;
    if (this.#trial || this.#failures >= this.#options.failures) this.#openUntil = this.#now() + this.#options.resetMs;
    this.#trial = false;
  }
}
