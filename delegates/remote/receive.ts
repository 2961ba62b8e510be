/** Where an answer's bytes are gathered: memory that is kept and grows, up to the most that an answer may take. */
export class ReceiveMemory {
  readonly most: number;
  #memory = Buffer.alloc(0);
  #length = 0;

  constructor(most: number) {
    this.most = most;
  }

  /** Forgets the last answer; `expected` is the length that the server announced. */
  start(expected: number): void {
    this.#length = 0;
    this.#grow(Math.min(expected, this.most));
  }

  /** False when the answer grew beyond the most. */
  add(chunk: Uint8Array): boolean {
    const length = this.#length + chunk.byteLength;
    if (length > this.most) return false;
    if (length > this.#memory.byteLength)
      this.#grow(Math.min(this.most, Math.max(length, this.#memory.byteLength * 2)));
    this.#memory.set(chunk, this.#length);
    this.#length = length;
    return true;
  }

  get bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#length);
  }

  #grow(size: number): void {
    if (size <= this.#memory.byteLength) return;
    const larger = Buffer.allocUnsafeSlow(size);
    larger.set(this.bytes);
    this.#memory = larger;
  }
}
