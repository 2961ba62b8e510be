import type {PixelFormat} from '../../image/frame.ts';

export type RawFormat = Exclude<PixelFormat, 'jpeg'>;

/** Size and format of one decoded frame, as ffmpeg's `showinfo` filter printed it. */
export interface FrameInfo {
  readonly width: number;
  readonly height: number;
  readonly format: RawFormat;
}

/** ffmpeg's names of the formats that are taken as they come; everything else it converts to the nearest of these. */
export const pixelFormats: Readonly<Record<string, RawFormat>> = {
  yuv420p: 'i420',
  nv12: 'nv12',
  yuyv422: 'yuyv',
  gray: 'gray',
  rgb24: 'rgb',
  bgr24: 'bgr',
};

const frameLine = /^\[Parsed_showinfo_\d+ @ [^\]]+\] (?:\[info\] )?n: *\d+ pts:.*? fmt:(\w+) .*?\bs:(\d+)x(\d+) /;

/** The frame that a line of ffmpeg's log announces; undefined for other lines. */
export function parseShowinfo(line: string): FrameInfo | undefined {
  const match = frameLine.exec(line);
  const format = pixelFormats[match?.[1] ?? ''];
  if (match === null || format === undefined) return undefined;
  return {format, width: Number(match[2]), height: Number(match[3])};
}
