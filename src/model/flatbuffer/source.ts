import {invalidModel} from '../invalid.ts';

/** Most tables in one file; the reference verifier's limit. */
const maxTables = 1_000_000;
/** Bytes that may be copied out of a file, as a multiple of its size: shared vectors must not multiply memory. */
const copyFactor = 8;
/** And at most this much, whatever the file's size: large files are large by their constants, which are not copied. */
const maxCopyBytes = 256 * 2 ** 20;

/** Bounds-checked reads from a flatbuffer; positions are bytes from its start. @throws {ModelInvalidError} everywhere */
export class FlatbufferSource {
  readonly bytes: Uint8Array;
  readonly #where: string;
  readonly #view: DataView;
  #tablesLeft = maxTables;
  #copyBytesLeft: number;

  /** @param where named in error messages: `tflite` */
  constructor(bytes: Uint8Array, where: string) {
    this.bytes = bytes;
    this.#where = where;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#copyBytesLeft = Math.min(bytes.byteLength * copyFactor + 65_536, maxCopyBytes);
  }

  fail(what: string): never {
    throw invalidModel(this.#where, what);
  }

  /** Refuses a range that leaves the file or, with `align`, starts at an odd place. */
  check(at: number, size: number, align = 1): void {
    if (at < 0 || at + size > this.bytes.byteLength) {
      this.fail(`${size} bytes at ${at} reach past the end of the file (${this.bytes.byteLength} bytes)`);
    }
    if (at % align !== 0) this.fail(`value at ${at} is not aligned to ${align} bytes`);
  }

  u8(at: number): number {
    this.check(at, 1);
    return this.#view.getUint8(at);
  }

  i8(at: number): number {
    this.check(at, 1);
    return this.#view.getInt8(at);
  }

  u16(at: number): number {
    this.check(at, 2, 2);
    return this.#view.getUint16(at, true);
  }

  i32(at: number): number {
    this.check(at, 4, 4);
    return this.#view.getInt32(at, true);
  }

  u32(at: number): number {
    this.check(at, 4, 4);
    return this.#view.getUint32(at, true);
  }

  f32(at: number): number {
    this.check(at, 4, 4);
    return this.#view.getFloat32(at, true);
  }

  /** As a double: exact up to 2^53, which no valid field exceeds. */
  i64(at: number): number {
    this.check(at, 8, 8);
    return Number(this.#view.getBigInt64(at, true));
  }

  u64(at: number): number {
    this.check(at, 8, 8);
    return Number(this.#view.getBigUint64(at, true));
  }

  /** Follows the offset stored at `at`. */
  indirect(at: number): number {
    const target = at + this.u32(at);
    if (target === at) this.fail(`offset at ${at} is 0`);
    return target;
  }

  /** Charges one table against the file's limit. */
  countTable(): void {
    if (--this.#tablesLeft < 0) this.fail(`more than ${maxTables} tables`);
  }

  /** Charges bytes that are about to be copied into JavaScript values. */
  countCopy(size: number): void {
    this.#copyBytesLeft -= size;
    if (this.#copyBytesLeft < 0) this.fail('its tables and lists take too much memory');
  }
}
