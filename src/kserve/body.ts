import type {WireLimits} from './limits.ts';
import {malformed, shown} from './malformed.ts';

/** Header that tells the length of the JSON part; what follows is binary tensors. Absent: all is JSON. */
export const headerLengthName = 'inference-header-content-length';

/** A message as it goes out. The parts are sent one after the other; tensors are not copied into them. */
export interface EncodedBody {
  readonly parts: readonly Uint8Array[];
  readonly byteLength: number;
  /** For `headerLengthName`; undefined when all is JSON. */
  readonly headerLength: number | undefined;
}

/** @param binary data of the binary tensors, in the order in which the JSON names them */
export function joinBody(json: string, binary: readonly Uint8Array[]): EncodedBody {
  const header = new TextEncoder().encode(json);
  const byteLength = binary.reduce((sum, part) => sum + part.byteLength, header.byteLength);
  const headerLength = binary.length === 0 ? undefined : header.byteLength;
  return {parts: [header, ...binary], byteLength, headerLength};
}

/** @throws {InputError} the header is there and is no whole number that fits the body */
export function readHeaderLength(value: string | undefined, bodyLength: number): number | undefined {
  if (value === undefined) return undefined;
  const length = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (length <= bodyLength) return length;
  throw malformed(
    headerLengthName,
    `expected a number from 0 to ${bodyLength} (the body's length), got ${shown(value)}`,
  );
}

/** The two parts of a message that came in; `take` hands out the binary part piece by piece. */
export class ReceivedBody {
  readonly json: Uint8Array;
  readonly hasBinary: boolean;
  readonly #binary: Uint8Array;
  #taken = 0;

  /** @throws {InputError} the JSON part is too long */
  constructor(body: Uint8Array, headerLength: number | undefined, limits: WireLimits) {
    this.hasBinary = headerLength !== undefined;
    this.json = body.subarray(0, headerLength ?? body.byteLength);
    this.#binary = body.subarray(this.json.byteLength);
    if (this.json.byteLength <= limits.jsonBytes) return;
    throw malformed('body', `expected at most ${limits.jsonBytes} bytes of JSON, got ${this.json.byteLength}`);
  }

  /** A view of the next bytes. @throws {InputError} there are fewer */
  take(size: number, where: string): Uint8Array {
    const rest = this.#binary.byteLength - this.#taken;
    if (size > rest) throw malformed(where, `expected ${size} bytes of binary data, got ${rest}`);
    this.#taken += size;
    return this.#binary.subarray(this.#taken - size, this.#taken);
  }

  /** @throws {InputError} bytes are left that belong to no tensor */
  end(): void {
    const rest = this.#binary.byteLength - this.#taken;
    if (rest > 0) throw malformed('body', `${rest} bytes of binary data belong to no tensor`);
  }
}
