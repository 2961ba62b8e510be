import {InputError} from '../error/errors.ts';
import {decodeJpegFrame} from './decode.ts';
import type {PixelFormat} from './frame.ts';
import type {Picture, RgbPicture} from './picture.ts';

type RawFormat = Exclude<PixelFormat, 'jpeg'>;

/** Offsets of a pixel's samples in `data`: red, green, blue, or luma and the two chroma samples. */
type Locate = (x: number, y: number, width: number, height: number) => readonly [number, number, number];

const half = (side: number): number => (side + 1) >> 1;

const locators: Readonly<Record<RawFormat, Locate>> = {
  rgb: (x, y, width) => [(y * width + x) * 3, (y * width + x) * 3 + 1, (y * width + x) * 3 + 2],
  bgr: (x, y, width) => [(y * width + x) * 3 + 2, (y * width + x) * 3 + 1, (y * width + x) * 3],
  rgba: (x, y, width) => [(y * width + x) * 4, (y * width + x) * 4 + 1, (y * width + x) * 4 + 2],
  gray: (x, y, width) => [y * width + x, y * width + x, y * width + x],
  nv12: (x, y, width, height) => {
    const chroma = width * height + ((y >> 1) * half(width) + (x >> 1)) * 2;
    return [y * width + x, chroma, chroma + 1];
  },
  i420: (x, y, width, height) => {
    const blue = width * height + (y >> 1) * half(width) + (x >> 1);
    return [y * width + x, blue, blue + half(width) * half(height)];
  },
  yuyv: (x, y, width) => {
    const pair = (y * half(width) + (x >> 1)) * 4;
    return [pair + (x & 1) * 2, pair + 1, pair + 3];
  },
};

const yuvFormats: readonly PixelFormat[] = ['nv12', 'i420', 'yuyv'];

/**
 * A fresh RGB copy of a picture, to draw on; about 20 ms for 720p. Frames on their way to a model take the addon's
 * path instead. YUV is BT.601 limited range.
 *
 * @throws {InputError} `data` is shorter than format and size need, or a JPEG cannot be decoded
 */
export async function toRgb(picture: Picture): Promise<RgbPicture> {
  const {width, height, format, data} = picture;
  if (format === 'jpeg') return decodeJpegFrame(data);
  const locate = locators[format];
  const last = locate(width - 1, height - 1, width, height);
  if (!(width > 0 && height > 0 && Math.max(...last) < data.length)) {
    throw new InputError(`frame: ${data.length} bytes are no ${width} x ${height} ${format}`, 'Give whole frames.');
  }
  const isYuv = yuvFormats.includes(format);
  const rgb = new Uint8ClampedArray(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      const [first, second, third] = locate(x, y, width, height);
      if (isYuv) setFromYuv(rgb, at, data[first]!, data[second]! - 128, data[third]! - 128);
      else setRgb(rgb, at, data[first]!, data[second]!, data[third]!);
    }
  }
  return {width, height, format: 'rgb', data: new Uint8Array(rgb.buffer)};
}

function setRgb(rgb: Uint8ClampedArray, at: number, red: number, green: number, blue: number): void {
  rgb[at] = red;
  rgb[at + 1] = green;
  rgb[at + 2] = blue;
}

/** @see https://www.itu.int/rec/R-REC-BT.601 */
function setFromYuv(rgb: Uint8ClampedArray, at: number, luma: number, blue: number, red: number): void {
  const level = Math.max(luma - 16, 0) * 1.164;
  setRgb(rgb, at, level + 1.596 * red, level - 0.813 * red - 0.391 * blue, level + 2.018 * blue);
}
