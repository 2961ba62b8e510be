import {invalidModel} from '../invalid.ts';

/** Messages in one file: far more than any exporter writes; each costs memory however short its bytes are. */
const maxMessages = 500_000;
/** Strings, and numbers in lists, of one file. */
const maxStrings = 2_000_000;
const maxNumbers = 16_000_000;
/** Messages inside one another: graphs in attributes of nodes of graphs. */
const maxDepth = 64;

/** Ways in which the wire format stores a value. */
export const wireVarint = 0;
const wire64 = 1;
export const wireBytes = 2;
export const wire32 = 5;

/** Shared by all readers of one file. */
interface Budget {
  messages: number;
  strings: number;
  numbers: number;
}

const utf8 = new TextDecoder();

/** Bounds-checked reads of protobuf's wire format. @see https://protobuf.dev/programming-guides/encoding/ */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #depth: number;
  readonly #budget: Budget;
  #at = 0;

  constructor(bytes: Uint8Array, parent?: WireReader) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#depth = parent ? parent.#depth + 1 : 0;
    this.#budget = parent ? parent.#budget : {messages: maxMessages, strings: maxStrings, numbers: maxNumbers};
    if (this.#depth > maxDepth) this.fail(`messages nested more than ${maxDepth} deep`);
    if (--this.#budget.messages < 0) this.fail(`more than ${maxMessages} messages`);
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  fail(what: string): never {
    throw invalidModel('onnx', what);
  }

  /** At most ten bytes, as an unsigned 64-bit number. */
  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) this.fail('a number is cut off at the end of a message');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    return this.fail('a number has more than ten bytes');
  }

  /** A short varint without big integers: tags and lengths. */
  #small(): number {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 28; factor *= 128) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) this.fail('a length is cut off at the end of a message');
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    return this.fail('a length has more than five bytes');
  }

  /** A signed integer as a double: exact up to 2^53, which no valid field exceeds. */
  int(): number {
    return Number(BigInt.asIntN(64, this.varint()));
  }

  float(): number {
    return this.#view.getFloat32(this.#take(4), true);
  }

  /** The bytes of a length-delimited value, as a view. */
  bytes(): Uint8Array {
    const length = this.#small();
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** A string. */
  text(): string {
    if (--this.#budget.strings < 0) this.fail(`more than ${maxStrings} strings`);
    return utf8.decode(this.bytes());
  }

  /** Charges one number that goes into a list. */
  countNumber(): void {
    if (--this.#budget.numbers < 0) this.fail(`more than ${maxNumbers} numbers in lists`);
  }

  tag(): {field: number; wire: number} {
    const tag = this.#small();
    return {field: Math.floor(tag / 8), wire: tag % 8};
  }

  skip(wire: number): void {
    if (wire === wireVarint) this.varint();
    else if (wire === wire64) this.#take(8);
    else if (wire === wireBytes) this.bytes();
    else if (wire === wire32) this.#take(4);
    else this.fail(`wire type ${wire} is not known`);
  }

  #take(length: number): number {
    const start = this.#at;
    if (length > this.#bytes.length - start) {
      this.fail(`${length} bytes at ${start} of a message of ${this.#bytes.length} bytes`);
    }
    this.#at += length;
    return start;
  }
}
