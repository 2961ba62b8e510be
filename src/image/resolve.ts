import {InputError} from '../error/errors.ts';
import type {Geometry, ImageInput, Rect} from './input.ts';

/** What `geometryOf` needs to know of an input. */
export type FitTarget = Pick<ImageInput, 'width' | 'height' | 'fit'>;

/**
 * Where a picture of this size lands in the input tensor: the same numbers, to the last bit, as the addon reports.
 *
 * @param region part of the picture to look at, in its pixels; clipped to the picture
 * @throws {InputError} the region has no pixel of the picture
 */
export function geometryOf(sourceWidth: number, sourceHeight: number, input: FitTarget, region?: Rect): Geometry {
  const clipped = clipRegion(sourceWidth, sourceHeight, region);
  const crop = input.fit === 'crop' ? middleOf(clipped, input.width / input.height) : clipped;
  const keepsAspect = input.fit === 'letterbox' || input.fit === 'letterbox-corner';
  const ratio = Math.min(input.width / crop.width, input.height / crop.height);
  const width = keepsAspect ? keptSide(crop.width, ratio, input.width) : input.width;
  const height = keepsAspect ? keptSide(crop.height, ratio, input.height) : input.height;
  const isCentred = input.fit === 'letterbox';
  return {
    sourceWidth,
    sourceHeight,
    inputWidth: input.width,
    inputHeight: input.height,
    cropX: crop.x,
    cropY: crop.y,
    scaleX: width / crop.width,
    scaleY: height / crop.height,
    padX: isCentred ? Math.floor((input.width - width) / 2) : 0,
    padY: isCentred ? Math.floor((input.height - height) / 2) : 0,
  };
}

function clipRegion(width: number, height: number, region: Rect | undefined): Rect {
  if (region === undefined) return {x: 0, y: 0, width, height};
  const x = Math.max(region.x, 0);
  const y = Math.max(region.y, 0);
  const clipped = {
    x,
    y,
    width: Math.min(region.x + region.width, width) - x,
    height: Math.min(region.y + region.height, height) - y,
  };
  if (clipped.width > 0 && clipped.height > 0) return clipped;
  const {x: left, y: top, width: wide, height: high} = region;
  throw new InputError(
    `region ${left},${top} ${wide}x${high}: has no pixel of a ${width} x ${height} picture`,
    'Give the region in pixels of the source picture.',
  );
}

/** The largest rectangle of this aspect in the middle: the numbers of Pillow's ImageOps.fit. */
function middleOf(rect: Rect, wanted: number): Rect {
  const present = rect.width / rect.height;
  const width = present > wanted ? wanted * rect.height : rect.width;
  const height = present < wanted ? rect.width / wanted : rect.height;
  return {x: rect.x + (rect.width - width) * 0.5, y: rect.y + (rect.height - height) * 0.5, width, height};
}

/** Cut off, not rounded: what the reference code of YOLOX and BlazeFace does. */
function keptSide(side: number, ratio: number, limit: number): number {
  return Math.max(1, Math.trunc(Math.min(side * ratio, limit)));
}
