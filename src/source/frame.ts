import {InputError} from '../error/errors.ts';
import type {Frame, PixelFormat} from '../image/frame.ts';
import {readJpegHeader} from '../image/jpeg-header.ts';
import type {Clock} from './clock.ts';
import type {Capture} from './contract.ts';

/**
 * Numbers and times a picture whose last byte has just arrived.
 *
 * @throws {InputError} a JPEG without a readable header
 */
export function frameFrom(picture: Capture, sequence: number, clock: Clock, origin?: string): Frame {
  const size = picture.format === 'jpeg' ? readJpegHeader(picture.data) : picture;
  if (size === undefined) throw new InputError('jpeg: no readable header', 'Give complete JPEG pictures.');
  return {
    sequence,
    capturedAtNs: clock.nowNs(),
    wallClockMs: clock.wallMs(),
    width: size.width,
    height: size.height,
    format: picture.format,
    data: picture.data,
    ...(origin === undefined ? {} : {origin}),
  };
}

/** Bytes of a tightly packed raw picture; chroma of odd sizes is rounded up. */
export function rawBytes(format: Exclude<PixelFormat, 'jpeg'>, width: number, height: number): number {
  const chroma = Math.ceil(width / 2) * Math.ceil(height / 2);
  switch (format) {
    case 'i420':
    case 'nv12':
      return width * height + 2 * chroma;
    case 'yuyv':
      return 4 * Math.ceil(width / 2) * height;
    case 'gray':
      return width * height;
    case 'rgb':
    case 'bgr':
      return 3 * width * height;
    case 'rgba':
      return 4 * width * height;
  }
}

/** Whether a picture has the bytes that its format and size ask for. JPEG cannot be told without decoding it. */
export function isComplete(picture: Capture): boolean {
  if (picture.format === 'jpeg') return true;
  const {format, width, height, data} = picture;
  return width > 0 && height > 0 && data.byteLength === rawBytes(format, width, height);
}
