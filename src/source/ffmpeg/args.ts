import type {SourceOptions} from '../options.ts';
import {type Ffmpeg, isAtLeast} from './program.ts';
import {pixelFormats} from './showinfo.ts';

/** Log at `info`, where `showinfo` speaks, each line with its level. */
export const commonArgs = ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'repeat+level+info'] as const;

export interface OutputOptions extends Pick<SourceOptions, 'fps' | 'width' | 'height'> {
  /** Frames at the beginning that are not wanted. */
  readonly skip?: number;
  /** From a camera: packed 4:2:2 passes unconverted, and sizes are even. */
  readonly isCamera?: boolean;
}

/** Decoded frames on stdout, exactly those that come out of the filters: none repeated, none left out. */
export function rawOutputArgs(ffmpeg: Ffmpeg, options: OutputOptions): string[] {
  return [
    ...['-map', '0:v:0', '-an', '-sn', '-dn'],
    ...['-vf', outputFilters(ffmpeg, options)],
    ...(isAtLeast(ffmpeg, 4, 4) ? ['-autoscale', '0'] : []),
    ...(isAtLeast(ffmpeg, 5, 1) ? ['-fps_mode', 'passthrough'] : ['-vsync', '0']),
    ...['-f', 'rawvideo', 'pipe:1'],
  ];
}

/**
 * Rate, size, then the pixel formats that preprocessing reads without a conversion here. Odd sizes lose their last
 * row or column, because the 4:2:0 formats need even ones. `showinfo` announces each frame's size and format on stderr.
 */
function outputFilters(ffmpeg: Ffmpeg, {fps, width, height, skip, isCamera = false}: OutputOptions): string {
  return [
    ...(fps === undefined ? [] : [`fps=${fps}`]),
    ...(skip === undefined || skip === 0 ? [] : [`select=gte(n\\,${skip})`]),
    ...(width === undefined && height === undefined ? [] : [`scale=${width ?? -2}:${height ?? -2}:flags=area`]),
    // The crop filter knows no packed 4:2:2.
    ...(isCamera ? [] : ['crop=floor(iw/2)*2:floor(ih/2)*2:0:0']),
    `format=${Object.keys(pixelFormats)
      .filter(format => isCamera || format !== 'yuyv422')
      .join('|')}`,
    isAtLeast(ffmpeg, 4, 4) ? 'showinfo=checksum=0' : 'showinfo',
  ].join(',');
}
