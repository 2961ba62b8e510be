/** Formats of picture files that can be told by their first bytes and read here. */
export type ImageFileType = 'jpeg' | 'png' | 'gif' | 'webp' | 'tiff' | 'avif' | 'bmp';

/** First bytes as Latin-1, at an offset. */
const signatures: readonly (readonly [type: ImageFileType, offset: number, text: string])[] = [
  ['jpeg', 0, '\xff\xd8\xff'],
  ['png', 0, '\x89PNG\r\n\x1a\n'],
  ['gif', 0, 'GIF87a'],
  ['gif', 0, 'GIF89a'],
  ['webp', 8, 'WEBP'],
  ['tiff', 0, 'II*\0'],
  ['tiff', 0, 'MM\0*'],
  ['tiff', 0, 'II+\0'],
  ['tiff', 0, 'MM\0+'],
  ['avif', 4, 'ftypavif'],
  ['avif', 4, 'ftypavis'],
  ['bmp', 0, 'BM'],
];

/** The type of a picture file by its content; undefined for anything else, SVG among it: drawings can refer to other files. */
export function sniffImage(bytes: Uint8Array): ImageFileType | undefined {
  const start = Array.from(bytes.subarray(0, 16), byte => String.fromCharCode(byte)).join('');
  return signatures.find(([, offset, text]) => start.startsWith(text, offset))?.[0];
}
