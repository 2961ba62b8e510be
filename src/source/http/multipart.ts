const maxHeaderBytes = 16 * 1024;

export interface MultipartHandlers {
  /** Bytes of a part, and what stands before the first one; a line break before a boundary is among them. */
  readonly onBytes: (bytes: Uint8Array) => void;
  /** A boundary was met: what came before belongs to no later bytes. */
  readonly onPartEnd: () => void;
}

/** The boundary that a `multipart/…` content type names; undefined when it names none or is of another type. */
export function boundaryOf(contentType: string): string | undefined {
  const match = /^multipart\/.*?;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType.trim());
  // Some cameras put the leading dashes of the delimiter into the parameter.
  const boundary = (match?.[1] ?? match?.[2])?.replace(/^-+/, '');
  return boundary === '' ? undefined : boundary;
}

/**
 * Takes the boundaries and part headers out of a multipart stream. Lengths that the parts declare are not used: cameras
 * get them wrong, and a picture ends where its own format says. Bytes of a part are passed on as they come; only what may
 * be the beginning of a boundary is held back.
 *
 * @see https://www.rfc-editor.org/rfc/rfc2046#section-5.1
 */
export class MultipartParser {
  readonly #delimiter: Buffer;
  readonly #handlers: MultipartHandlers;
  /** Beginning of what may become a delimiter; or, in a header, the header so far. */
  #held: Buffer = Buffer.alloc(0);
  #inHeader = false;

  constructor(boundary: string, handlers: MultipartHandlers) {
    this.#delimiter = Buffer.from(`--${boundary}`, 'latin1');
    this.#handlers = handlers;
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let rest: Buffer | undefined = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    this.#held = Buffer.alloc(0);
    while (rest !== undefined && rest.length > 0) rest = this.#inHeader ? this.#header(rest) : this.#body(rest);
  }

  /** @returns what is still to be looked at */
  #body(bytes: Buffer): Buffer | undefined {
    const at = bytes.indexOf(this.#delimiter);
    if (at >= 0) {
      if (at > 0) this.#handlers.onBytes(bytes.subarray(0, at));
      this.#handlers.onPartEnd();
      this.#inHeader = true;
      return bytes.subarray(at + this.#delimiter.length);
    }
    const held = this.#possibleStart(bytes);
    if (held < bytes.length) this.#handlers.onBytes(bytes.subarray(0, bytes.length - held));
    this.#held = Buffer.from(bytes.subarray(bytes.length - held));
    return undefined;
  }

  /** Part headers end at an empty line; header lines may end in LF alone. */
  #header(bytes: Buffer): Buffer | undefined {
    const end = /\r?\n\r?\n/.exec(bytes.toString('latin1', 0, maxHeaderBytes));
    if (end !== null) {
      this.#inHeader = false;
      return bytes.subarray(end.index + end[0].length);
    }
    if (bytes.length >= maxHeaderBytes) {
      this.#inHeader = false;
      return bytes;
    }
    this.#held = Buffer.from(bytes);
    return undefined;
  }

  /** Length of the longest end of `bytes` with which a delimiter begins. */
  #possibleStart(bytes: Buffer): number {
    for (let length = Math.min(this.#delimiter.length - 1, bytes.length); length > 0; length--) {
      if (bytes.subarray(bytes.length - length).equals(this.#delimiter.subarray(0, length))) return length;
    }
    return 0;
  }
}
