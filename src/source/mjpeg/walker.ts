/** JPEG markers: the byte after 0xFF. */
const soi = 0xd8;
const eoi = 0xd9;
const sos = 0xda;

/** `more`: the bytes ran out. `restart`: another picture begins where this one should have gone on. */
export type WalkStatus = 'more' | 'end' | 'damaged' | 'restart';

/** What the next byte is taken for. */
type Expected = 'marker' | 'code' | 'lengthHigh' | 'lengthLow' | 'segment' | 'scan';

/**
 * Walks the markers of one JPEG picture, from behind its SOI to its EOI, however its bytes are cut. Segments are stepped
 * over by their length, so that a thumbnail inside one does not count.
 *
 * @see https://www.w3.org/Graphics/JPEG/itu-t81.pdf annex B
 */
export class JpegWalker {
  #expected: Expected = 'marker';
  #inScan = false;
  #sawScan = false;
  #segment = 0;
  #left = 0;
  #status: WalkStatus = 'more';

  /** How the last walk() ended. */
  get status(): WalkStatus {
    return this.#status;
  }

  /** Begins another picture. */
  reset(): void {
    this.#expected = 'marker';
    this.#inScan = false;
    this.#sawScan = false;
    this.#status = 'more';
  }

  /** @returns the index behind the last byte that was taken; see `status` for why it stopped there */
  walk(bytes: Buffer, from: number): number {
    let at = from;
    this.#status = 'more';
    while (at < bytes.length && this.#status === 'more') at = this.#step(bytes, at);
    return at;
  }

  #step(bytes: Buffer, at: number): number {
    const byte = bytes[at] ?? 0;
    switch (this.#expected) {
      case 'marker':
        if (byte !== 0xff) return this.#stop('damaged', at);
        this.#expected = 'code';
        return at + 1;
      case 'code':
        return this.#code(byte, at);
      case 'lengthHigh':
        this.#left = byte * 256;
        this.#expected = 'lengthLow';
        return at + 1;
      case 'lengthLow':
        return this.#beginSegment(byte, at);
      case 'segment':
        return this.#passSegment(bytes, at);
      case 'scan': {
        const marker = bytes.indexOf(0xff, at);
        if (marker < 0) return bytes.length;
        this.#expected = 'code';
        return marker + 1;
      }
    }
  }

  #code(code: number, at: number): number {
    if (code === 0xff) return at + 1;
    if (code === soi) return this.#stop('restart', at + 1);
    if (code === eoi) return this.#sawScan ? this.#stop('end', at + 1) : this.#stop('damaged', at + 1);
    const standsAlone = code === 0x01 || (code >= 0xd0 && code <= 0xd7);
    if (standsAlone || (code === 0 && this.#inScan)) {
      this.#expected = this.#inScan ? 'scan' : 'marker';
      return at + 1;
    }
    if (code < 0xc0) return this.#stop('damaged', at);
    this.#inScan = false;
    this.#segment = code;
    this.#expected = 'lengthHigh';
    return at + 1;
  }

  #beginSegment(lengthLow: number, at: number): number {
    this.#left += lengthLow - 2;
    if (this.#left < 0) return this.#stop('damaged', at);
    if (this.#left > 0) this.#expected = 'segment';
    else this.#endSegment();
    return at + 1;
  }

  #passSegment(bytes: Buffer, at: number): number {
    const taken = Math.min(this.#left, bytes.length - at);
    this.#left -= taken;
    if (this.#left === 0) this.#endSegment();
    return at + taken;
  }

  #endSegment(): void {
    this.#inScan = this.#segment === sos;
    this.#sawScan ||= this.#inScan;
    this.#expected = this.#inScan ? 'scan' : 'marker';
  }

  #stop(status: WalkStatus, at: number): number {
    this.#status = status;
    return at;
  }
}
