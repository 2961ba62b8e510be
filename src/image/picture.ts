import type {Frame} from './frame.ts';

/** A frame's pixels without its place in time. */
export type Picture = Pick<Frame, 'width' | 'height' | 'format' | 'data'>;

/** A picture as interleaved 8-bit red, green, blue: `data` is `[height, width, 3]`. */
export interface RgbPicture {
  readonly width: number;
  readonly height: number;
  readonly format: 'rgb';
  readonly data: Uint8Array;
}

/** Pictures with more pixels are refused; the addon has the same limit. */
export const maxPixels = 64 * 1024 * 1024;
/** Longest side, as in JPEG. */
export const maxSide = 65_535;
