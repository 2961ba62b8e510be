/** Holds the newest value only. One taker at a time. */
export class Slot<T> {
  #value: T | undefined;
  #wake: (() => void) | undefined;
  #closed = false;

  /** @returns the value that nobody took, now replaced */
  put(value: T): T | undefined {
    const replaced = this.#value;
    this.#value = value;
    this.#wake?.();
    return replaced;
  }

  /** Waits for a value. Undefined once closed and empty. */
  async take(): Promise<T | undefined> {
    while (this.#value === undefined && !this.#closed) {
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
    const value = this.#value;
    this.#value = undefined;
    return value;
  }

  /** Lets the taker have what is left, then nothing. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  /** Closes and throws away what is left. */
  discard(): void {
    this.#value = undefined;
    this.close();
  }
}
