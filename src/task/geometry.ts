import type {Geometry, Rect} from '../image/input.ts';

/** The geometry of a picture that already has the input's size: source pixels are input pixels. */
export function identityGeometry(width: number, height: number): Geometry {
  return {
    sourceWidth: width,
    sourceHeight: height,
    inputWidth: width,
    inputHeight: height,
    cropX: 0,
    cropY: 0,
    scaleX: 1,
    scaleY: 1,
    padX: 0,
    padY: 0,
  };
}

export interface Corners {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A point from input pixels to source-frame pixels; not clipped. */
export function sourcePoint(x: number, y: number, geometry: Geometry): {x: number; y: number} {
  return {
    x: (x - geometry.padX) / geometry.scaleX + geometry.cropX,
    y: (y - geometry.padY) / geometry.scaleY + geometry.cropY,
  };
}

/**
 * A box from input pixels to source-frame pixels; undefined when nothing of it is inside the frame. Where an object leaves
 * the picture the box says how far the model thinks it goes on, but never more than a frame's length beyond the frame.
 */
export function sourceBox(corners: Corners, geometry: Geometry): Rect | undefined {
  const first = sourcePoint(corners.left, corners.top, geometry);
  const last = sourcePoint(corners.right, corners.bottom, geometry);
  const {sourceWidth, sourceHeight} = geometry;
  const isInside = first.x < sourceWidth && first.y < sourceHeight && last.x > 0 && last.y > 0;
  const x = Math.max(-sourceWidth, first.x);
  const y = Math.max(-sourceHeight, first.y);
  const width = Math.min(2 * sourceWidth, last.x) - x;
  const height = Math.min(2 * sourceHeight, last.y) - y;
  return isInside && width > 0 && height > 0 ? {x, y, width, height} : undefined;
}

/**
 * The part of a `width` × `height` grid over the input that holds picture and not padding, in whole grid cells,
 * at least one.
 */
export function pictureArea(geometry: Geometry, width: number, height: number): Rect {
  const columns = pictureSpan(
    geometry.padX,
    (geometry.sourceWidth - geometry.cropX) * geometry.scaleX,
    geometry.inputWidth,
    width,
  );
  const rows = pictureSpan(
    geometry.padY,
    (geometry.sourceHeight - geometry.cropY) * geometry.scaleY,
    geometry.inputHeight,
    height,
  );
  return {x: columns.start, y: rows.start, width: columns.length, height: rows.length};
}

/** Padding is either centred (as much after as before) or only after. */
function pictureSpan(pad: number, extent: number, inputLength: number, cells: number) {
  const perCell = inputLength / cells;
  const start = Math.min(cells - 1, Math.round(pad / perCell));
  const end = Math.round(Math.min(pad + extent, inputLength - pad) / perCell);
  return {start, length: Math.max(1, Math.min(cells, end) - start)};
}
