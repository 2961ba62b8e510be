import type {Frame} from '../image/frame.ts';
import type {JpegLibrary} from './api.ts';
import {findTurbojpeg} from './turbojpeg.ts';

/** Pixels as the addon takes them. */
export interface NativePicture extends Pick<Frame, 'data' | 'format' | 'width' | 'height'> {
  readonly jpeg?: JpegLibrary;
}

let jpegLibrary: {readonly library: JpegLibrary | undefined} | undefined;

/**
 * The frame itself, with libturbojpeg for a JPEG; where that library is missing, the frame decoded by sharp.
 *
 * @throws {InputError} sharp cannot decode it
 */
export async function toNativePicture(frame: Frame): Promise<NativePicture> {
  if (frame.format !== 'jpeg') return frame;
  jpegLibrary ??= {library: findTurbojpeg().library};
  const {library} = jpegLibrary;
  if (library !== undefined) return {...frame, jpeg: library};
  const {decodeImageFile} = await import('../image/decode.ts');
  return decodeImageFile(frame.data, frame.origin ?? 'frame');
}
