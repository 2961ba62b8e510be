import {sniffImage} from '../../image/sniff.ts';

/** Enough for the signature of any picture file. */
export const sniffBytes = 16;

/** File names that a directory source takes; a single file or a glob may be called anything. */
export const mediaExtensions = new Set(
  [
    ['jpg', 'jpeg', 'jpe', 'jfif', 'png', 'webp', 'gif', 'tif', 'tiff', 'bmp', 'dib', 'avif'],
    ['mp4', 'm4v', 'mov', 'mkv', 'webm', 'avi', 'mpg', 'mpeg', 'ts', 'm2ts', 'mts', 'wmv', 'flv', '3gp', 'ogv'],
    ['h264', '264', 'h265', 'hevc', 'mjpeg', 'mjpg', 'y4m'],
  ].flat(),
);

/** Pictures, single or one behind the other in an MJPEG file, are read here; everything else is for ffmpeg. */
export type FileKind = 'picture' | 'mjpeg' | 'video';

/**
 * What a file is, by its content. JPEG pictures one behind the other begin like a single one: for these the name decides.
 *
 * @param head the file's first `sniffBytes` bytes, or all of a shorter file
 */
export function fileKind(head: Uint8Array, name: string): FileKind {
  const image = sniffImage(head);
  if (image === undefined) return 'video';
  return image === 'jpeg' && /\.mjpe?g$/i.test(name) ? 'mjpeg' : 'picture';
}
