/** Frames that are looked at, waited for and written into at the same time; more need not be kept. */
const maxKept = 3;

/**
 * Memory for frames, used again once it is given back. Frames are megabytes: left to the garbage collector, dozens of
 * them pile up before it runs.
 */
export class FramePool {
  readonly #kept: ArrayBuffer[] = [];
  readonly #issued = new WeakSet<ArrayBufferLike>();

  /** @returns `size` bytes of any content; their buffer may be up to twice as large */
  take(size: number): Uint8Array {
    const fitting = this.#kept.findIndex(({byteLength}) => byteLength >= size && byteLength <= 2 * size);
    const [kept] = fitting < 0 ? [] : this.#kept.splice(fitting, 1);
    // Unlike a new Uint8Array, this is not filled with zeros first.
    const buffer = kept ?? Buffer.allocUnsafeSlow(size).buffer;
    this.#issued.add(buffer);
    return new Uint8Array(buffer, 0, size);
  }

  /** Takes memory back that nobody will read again. What did not come from here, or is here already, is left alone. */
  give({buffer}: Uint8Array): void {
    if (!this.#issued.delete(buffer)) return;
    this.#kept.push(buffer as ArrayBuffer);
    if (this.#kept.length > maxKept) this.#kept.shift();
  }
}
