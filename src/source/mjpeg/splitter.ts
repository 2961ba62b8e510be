import type {FramePool} from '../pool.ts';
import {JpegWalker} from './walker.ts';

const firstCapacity = 64 * 1024;
/** So much between two pictures is no padding any more. */
const maxPaddingBytes = 1024;

export interface SplitterOptions {
  readonly maxFrameBytes: number;
  readonly pool: FramePool;
  /** A whole picture, from SOI to EOI. Its memory (a view of a somewhat larger buffer) is now the receiver's. */
  readonly onFrame: (jpeg: Uint8Array) => void;
  /** Called once for each picture that was cut off, damaged or too large, and for each run of garbage. */
  readonly onBad: (reason: string) => void;
}

/**
 * Cuts a stream of JPEG pictures apart. Every byte is looked at once and copied once; memory is bounded by
 * `maxFrameBytes`. After garbage it goes on with the next picture.
 */
export class JpegSplitter {
  readonly #options: SplitterOptions;
  readonly #walker = new JpegWalker();
  #inPicture = false;
  #afterFf = false;
  #garbage = 0;
  #memory: Uint8Array = new Uint8Array(0);
  #length = 0;
  #lastLength = 0;

  constructor(options: SplitterOptions) {
    this.#options = options;
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let at = 0;
    while (at < bytes.length) at = this.#inPicture ? this.#follow(bytes, at) : this.#seek(bytes, at);
  }

  /** The stream, or the part of it that no picture crosses, has ended. */
  cut(): void {
    if (this.#inPicture) this.#drop(`cut off after ${this.#length} bytes`);
    this.#afterFf = false;
    this.#garbage = 0;
  }

  /** Looks for an SOI, which may lie across two chunks. */
  #seek(bytes: Buffer, from: number): number {
    if (!this.#afterFf) {
      const marker = bytes.indexOf(0xff, from);
      const skippedTo = marker < 0 ? bytes.length : marker;
      this.#skip(skippedTo - from);
      this.#afterFf = marker >= 0;
      return marker < 0 ? bytes.length : marker + 1;
    }
    this.#afterFf = bytes[from] === 0xff;
    if (bytes[from] === 0xd8) this.#begin();
    else this.#skip(1);
    return from + 1;
  }

  #follow(bytes: Buffer, from: number): number {
    const at = this.#walker.walk(bytes, from);
    const {maxFrameBytes} = this.#options;
    if (this.#length + at - from > maxFrameBytes) {
      this.#drop(`larger than maxFrameBytes ${maxFrameBytes}`);
      return at;
    }
    this.#append(bytes, from, at);
    const {status} = this.#walker;
    if (status === 'end') this.#finish();
    if (status === 'damaged') this.#abandon();
    if (status === 'restart') {
      this.#drop(`cut off after ${this.#length - 2} bytes by the next picture`);
      this.#begin();
    }
    return at;
  }

  #begin(): void {
    this.#inPicture = true;
    this.#afterFf = false;
    this.#walker.reset();
    this.#length = 0;
    this.#append(Buffer.of(0xff, 0xd8), 0, 2);
  }

  #append(bytes: Buffer, from: number, to: number): void {
    const needed = this.#length + to - from;
    if (needed > this.#memory.length) this.#grow(needed);
    this.#memory.set(bytes.subarray(from, to), this.#length);
    this.#length = needed;
  }

  /** The first size is that of the last picture and a quarter, so that growing, and its copy, is rare. */
  #grow(needed: number): void {
    const wanted = Math.max(firstCapacity, needed, 2 * this.#memory.length, Math.ceil(1.25 * this.#lastLength));
    const {pool, maxFrameBytes} = this.#options;
    const larger = pool.take(Math.max(needed, Math.min(wanted, maxFrameBytes)));
    larger.set(this.#memory.subarray(0, this.#length));
    pool.give(this.#memory);
    this.#memory = larger;
  }

  #finish(): void {
    const jpeg = this.#memory.subarray(0, this.#length);
    this.#inPicture = false;
    this.#garbage = 0;
    this.#lastLength = this.#length;
    this.#memory = new Uint8Array(0);
    this.#length = 0;
    this.#options.onFrame(jpeg);
  }

  /** What looked like an SOI in garbage is garbage too; further in, it was a picture. */
  #abandon(): void {
    if (this.#length > 2) this.#drop(`damaged after ${this.#length} bytes`);
    else this.#skip(2);
    this.#inPicture = false;
  }

  #drop(reason: string): void {
    this.#options.onBad(`jpeg: ${reason}`);
    this.#inPicture = false;
    this.#length = 0;
  }

  #skip(count: number): void {
    const before = this.#garbage;
    this.#garbage += count;
    if (before <= maxPaddingBytes && this.#garbage > maxPaddingBytes)
      this.#options.onBad('jpeg: garbage between pictures');
  }
}
