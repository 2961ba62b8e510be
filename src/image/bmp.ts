import {InputError} from '../error/errors.ts';
import {maxPixels, maxSide, type RgbPicture} from './picture.ts';

/** Uncompressed layouts: palette indices, or colour channels picked out of a word by masks. */
interface BmpLayout {
  readonly width: number;
  readonly height: number;
  readonly isTopDown: boolean;
  readonly bitsPerPixel: number;
  readonly pixelOffset: number;
  readonly masks: readonly [red: number, green: number, blue: number];
  /** Bytes of the palette: blue, green, red and, after old headers' three, an unused one. */
  readonly palette: Uint8Array;
  readonly paletteEntrySize: number;
}

const uncompressed = 0;
const bitFields = 3;
const alphaBitFields = 6;

export const isBmp = (bytes: Uint8Array): boolean => bytes[0] === 0x42 && bytes[1] === 0x4d;

/**
 * Reads a Windows bitmap: 1, 4 or 8 bits with palette, 16, 24 or 32 bits of colour, bottom-up or top-down. Alpha is ignored.
 *
 * @param name the file, for messages
 * @throws {InputError} no bitmap, cut off, compressed, or over 64 Mpx
 * @see https://learn.microsoft.com/windows/win32/gdi/bitmap-storage
 */
export function readBmp(bytes: Uint8Array, name: string): RgbPicture {
  const layout = readLayout(bytes, name);
  const {width, height, bitsPerPixel, pixelOffset} = layout;
  const stride = Math.ceil((width * bitsPerPixel) / 32) * 4;
  // Some writers leave out the padding of the last row.
  const needed = stride * (height - 1) + Math.ceil((width * bitsPerPixel) / 8);
  if (pixelOffset + needed > bytes.length) {
    throw refused(name, `cut off: ${needed} bytes of pixels from ${pixelOffset} on, but the file has ${bytes.length}`);
  }
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const start = pixelOffset + stride * (layout.isTopDown ? y : height - 1 - y);
    const row = data.subarray(y * width * 3, (y + 1) * width * 3);
    if (bitsPerPixel <= 8) readIndexedRow(bytes, start, layout, row);
    else if (bitsPerPixel === 24) readTripleRow(bytes, start, row);
    else readMaskedRow(bytes, start, layout, row);
  }
  return {width, height, format: 'rgb', data};
}

function refused(name: string, reason: string): InputError {
  return new InputError(`${name}: BMP ${reason}`, 'Give an uncompressed BMP, or convert the picture to PNG.');
}

function readLayout(bytes: Uint8Array, name: string): BmpLayout {
  if (!isBmp(bytes) || bytes.length < 26) throw refused(name, `of ${bytes.length} bytes has no header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerSize = view.getUint32(14, true);
  const isOld = headerSize === 12;
  if ((!isOld && headerSize < 40) || 14 + headerSize > bytes.length)
    throw refused(name, `header of ${headerSize} bytes`);
  const width = isOld ? view.getUint16(18, true) : view.getInt32(18, true);
  const signedHeight = isOld ? view.getUint16(20, true) : view.getInt32(22, true);
  const bitsPerPixel = view.getUint16(isOld ? 24 : 28, true);
  const compression = isOld ? uncompressed : view.getUint32(30, true);
  const height = Math.abs(signedHeight);
  if (width < 1 || height < 1 || Math.max(width, height) > maxSide || width * height > maxPixels) {
    throw refused(name, `of ${width} x ${signedHeight} pixels`);
  }
  const isMasked = (compression === bitFields || compression === alphaBitFields) && [16, 32].includes(bitsPerPixel);
  if (!(isMasked || (compression === uncompressed && [1, 4, 8, 16, 24, 32].includes(bitsPerPixel)))) {
    throw refused(name, `with ${bitsPerPixel} bits per pixel and compression ${compression} is not supported`);
  }
  // The masks stand after a 40-byte header, and inside every longer one: at the same place.
  if (isMasked && bytes.length < 66) throw refused(name, 'has no colour masks');
  return {
    width,
    height,
    isTopDown: signedHeight < 0,
    bitsPerPixel,
    pixelOffset: view.getUint32(10, true),
    masks: masksOf(view, bitsPerPixel, isMasked),
    palette: paletteOf(bytes, view, headerSize),
    paletteEntrySize: isOld ? 3 : 4,
  };
}

function masksOf(view: DataView, bitsPerPixel: number, isMasked: boolean): BmpLayout['masks'] {
  if (isMasked) return [view.getUint32(54, true), view.getUint32(58, true), view.getUint32(62, true)];
  return bitsPerPixel === 16 ? [0x7c00, 0x03e0, 0x001f] : [0xff0000, 0xff00, 0xff];
}

/** All that follows the header, or the number of colours that a header says it uses. */
function paletteOf(bytes: Uint8Array, view: DataView, headerSize: number): Uint8Array {
  const start = 14 + headerSize;
  const colorsUsed = headerSize === 12 ? 0 : view.getUint32(46, true);
  const pixelOffset = view.getUint32(10, true);
  return bytes.subarray(start, colorsUsed > 0 ? start + colorsUsed * 4 : Math.max(start, pixelOffset));
}

/** An index past the palette is black. */
function readIndexedRow(bytes: Uint8Array, start: number, layout: BmpLayout, row: Uint8Array): void {
  const {width, bitsPerPixel, palette, paletteEntrySize} = layout;
  const highest = 2 ** bitsPerPixel - 1;
  for (let x = 0; x < width; x++) {
    const bit = x * bitsPerPixel;
    const index = (bytes[start + (bit >> 3)]! >> (8 - bitsPerPixel - (bit & 7))) & highest;
    const entry = index * paletteEntrySize;
    row[3 * x] = palette[entry + 2] ?? 0;
    row[3 * x + 1] = palette[entry + 1] ?? 0;
    row[3 * x + 2] = palette[entry] ?? 0;
  }
}

function readTripleRow(bytes: Uint8Array, start: number, row: Uint8Array): void {
  for (let at = 0; at < row.length; at += 3) {
    row[at] = bytes[start + at + 2]!;
    row[at + 1] = bytes[start + at + 1]!;
    row[at + 2] = bytes[start + at]!;
  }
}

function readMaskedRow(bytes: Uint8Array, start: number, layout: BmpLayout, row: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const channels = layout.masks.map(mask => {
    const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
    return {shift, highest: mask >>> shift};
  });
  const size = layout.bitsPerPixel / 8;
  for (let x = 0; x < layout.width; x++) {
    const word = size === 2 ? view.getUint16(start + x * 2, true) : view.getUint32(start + x * 4, true);
    for (let c = 0; c < 3; c++) {
      const {shift, highest} = channels[c]!;
      row[3 * x + c] = highest === 0 ? 0 : Math.round((((word >>> shift) & highest) >>> 0) * (255 / highest));
    }
  }
}
