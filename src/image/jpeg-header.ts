/** What a JPEG says about itself before its pixels. */
export interface JpegHeader {
  /** As stored, before any EXIF orientation. */
  readonly width: number;
  readonly height: number;
  /** 1 gray, 3 colour, 4 CMYK. */
  readonly components: number;
  /** Bits per sample: 8 nearly always. */
  readonly precision: number;
  /** Number of the SOF marker: 0 baseline, 1 extended, 2 progressive; others are rare (lossless, arithmetic). */
  readonly process: number;
  /** EXIF orientation 1–8; absent when the file has none. */
  readonly orientation?: number;
}

const startOfScan = 0xda;
const endOfImage = 0xd9;
const app1 = 0xe1;

/** SOF0–SOF15 except DHT, JPG and DAC, which share the range. */
const isStartOfFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

const hasNoLength = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);

/**
 * Reads the header of a JPEG: a few segments, whatever the file's size. Never throws.
 *
 * @returns undefined when this is no JPEG, or one that ends or starts its pixels before saying its size
 * @see https://www.w3.org/Graphics/JPEG/itu-t81.pdf section B
 */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  if (bytes.length < 4 || bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let frame: Omit<JpegHeader, 'orientation'> | undefined;
  let orientation: number | undefined;
  let at = 2;
  while (at + 4 <= bytes.length) {
    const marker = bytes[at + 1]!;
    if (bytes[at] !== 0xff || marker === 0xff || marker === 0) {
      at++; // fill bytes, or stray bytes between segments as libjpeg skips them
      continue;
    }
    if (marker === startOfScan || marker === endOfImage) break;
    if (hasNoLength(marker)) {
      at += 2;
      continue;
    }
    const length = view.getUint16(at + 2);
    if (length < 2) return undefined;
    const segment = bytes.subarray(at + 4, at + 2 + length);
    if (isStartOfFrame(marker)) frame ??= readFrame(segment, marker);
    if (marker === app1) orientation ??= readExifOrientation(segment);
    at += 2 + length;
  }
  if (frame === undefined || frame.width === 0 || frame.height === 0) return undefined;
  return orientation === undefined ? frame : {...frame, orientation};
}

function readFrame(segment: Uint8Array, marker: number): Omit<JpegHeader, 'orientation'> | undefined {
  if (segment.length < 6) return undefined;
  const view = new DataView(segment.buffer, segment.byteOffset, segment.byteLength);
  return {
    precision: view.getUint8(0),
    height: view.getUint16(1),
    width: view.getUint16(3),
    components: view.getUint8(5),
    process: marker - 0xc0,
  };
}

/** Tag 0x0112 of the first image directory. @see https://www.cipa.jp/std/documents/e/DC-008-2012_E.pdf section 4.6.4 */
function readExifOrientation(segment: Uint8Array): number | undefined {
  const signature = [0x45, 0x78, 0x69, 0x66, 0, 0]; // "Exif"
  if (segment.length < 14 || signature.some((byte, index) => segment[index] !== byte)) return undefined;
  const tiff = new DataView(segment.buffer, segment.byteOffset + 6, segment.byteLength - 6);
  const isLittle = tiff.getUint16(0) === 0x4949;
  const directory = tiff.getUint32(4, isLittle);
  if (directory + 2 > tiff.byteLength) return undefined;
  const count = tiff.getUint16(directory, isLittle);
  for (let index = 0; index < count; index++) {
    const entry = directory + 2 + index * 12;
    if (entry + 12 > tiff.byteLength) return undefined;
    if (tiff.getUint16(entry, isLittle) !== 0x0112) continue;
    const orientation = tiff.getUint16(entry + 8, isLittle);
    return orientation >= 1 && orientation <= 8 ? orientation : undefined;
  }
  return undefined;
}
