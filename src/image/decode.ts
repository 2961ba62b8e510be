import {InputError} from '../error/errors.ts';
import {readBmp} from './bmp.ts';
import {type JpegHeader, readJpegHeader} from './jpeg-header.ts';
import {maxPixels, type Picture, type RgbPicture} from './picture.ts';
import {type ImageFileType, sniffImage} from './sniff.ts';

const hint = 'Give a JPEG, PNG, WebP, GIF, TIFF, AVIF or BMP picture of at most 64 Mpx.';

/**
 * A picture file as a frame's pixels: a plain upright JPEG is passed on as it is, for the addon's faster decoder;
 * everything else is decoded here.
 *
 * @param name the file, for messages
 * @throws {InputError} not a picture, of an unknown kind, damaged, or over 64 Mpx
 */
export async function readImageFile(bytes: Uint8Array, name: string): Promise<Picture> {
  const header = typeOf(bytes, name) === 'jpeg' ? readJpegHeader(bytes) : undefined;
  if (header !== undefined && isPlain(header)) {
    return {width: header.width, height: header.height, format: 'jpeg', data: bytes};
  }
  return decodeImageFile(bytes, name);
}

/**
 * Decodes a picture file, told by its content and not its name, to upright 8-bit RGB: EXIF orientation applied, alpha
 * flattened on black, 16 bits cut to 8, the first page or frame of many.
 *
 * @param name the file, for messages
 * @throws {InputError} not a picture, of an unknown kind, damaged, or over 64 Mpx
 */
export async function decodeImageFile(bytes: Uint8Array, name: string): Promise<RgbPicture> {
  const type = typeOf(bytes, name);
  if (type === 'bmp') return readBmp(bytes, name);
  return decodeWithSharp(bytes, {name, type, isTurned: true});
}

/**
 * Decodes a JPEG frame as the addon sees it: EXIF orientation ignored.
 *
 * @throws {InputError} damaged or over 64 Mpx
 */
export async function decodeJpegFrame(bytes: Uint8Array): Promise<RgbPicture> {
  return decodeWithSharp(bytes, {name: 'frame', type: 'jpeg', isTurned: false});
}

async function decodeWithSharp(
  bytes: Uint8Array,
  {name, type, isTurned}: {name: string; type: ImageFileType; isTurned: boolean},
): Promise<RgbPicture> {
  // Loaded when needed: with plain JPEGs the daemon never pays sharp's memory.
  const {default: sharp} = await import('sharp');
  try {
    const {data, info} = await sharp(bytes, {failOn: 'error', limitInputPixels: maxPixels, autoOrient: isTurned})
      .flatten({background: '#000'})
      .toColourspace('srgb')
      .raw({depth: 'uchar'})
      .toBuffer({resolveWithObject: true});
    return {width: info.width, height: info.height, format: 'rgb', data: toThreeChannels(data, info.channels)};
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.trim().split('\n').join('; ') : String(cause);
    throw new InputError(`${name}: cannot decode ${type} of ${bytes.length} bytes: ${reason}`, hint, {cause});
  }
}

function typeOf(bytes: Uint8Array, name: string): ImageFileType {
  const type = sniffImage(bytes);
  if (type !== undefined) return type;
  throw new InputError(`${name}: not a picture of a known kind (${bytes.length} bytes)`, hint);
}

/** What libjpeg-turbo decodes in every version, and needs no turning. */
function isPlain(header: JpegHeader): boolean {
  return (
    (header.orientation ?? 1) === 1 &&
    header.precision === 8 &&
    header.process <= 2 &&
    (header.components === 1 || header.components === 3) &&
    header.width * header.height <= maxPixels
  );
}

/** sharp gives one channel for some gray pictures even as sRGB. */
function toThreeChannels(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return data;
  const rgb = new Uint8Array((data.length / channels) * 3);
  for (let pixel = 0; pixel * 3 < rgb.length; pixel++) {
    for (let c = 0; c < 3; c++) rgb[pixel * 3 + c] = data[pixel * channels + (channels < 3 ? 0 : c)]!;
  }
  return rgb;
}
