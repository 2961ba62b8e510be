import type {TensorSpec} from '../../tensor/tensor.ts';
import type {ModelContents} from '../contents.ts';
import {type ImageCandidate, shapeText, withoutBatch} from './finding.ts';

/** Smaller inputs are feature vectors, not pictures. */
const minSide = 16;
const pictureDtypes = new Set(['float32', 'float16', 'uint8', 'int8', 'int16', 'uint16', 'int32']);

/** The picture input, or why there is none. */
export type ImageSearch = {readonly image: ImageCandidate} | {readonly image: undefined; readonly why: string};

/** Looks for the one input that is shaped like a picture. */
export function findImageInput(contents: ModelContents): ImageSearch {
  const candidates = contents.header.inputs.flatMap((spec, index) => pictureAt(contents, spec, index) ?? []);
  const [first, second] = candidates;
  if (!first) return {image: undefined, why: noPicture(contents.header.inputs)};
  if (second) return {image: undefined, why: `inputs ${first.index} and ${second.index} could both be pictures`};
  return {image: first};
}

function noPicture(inputs: readonly TensorSpec[]): string {
  const shapes = inputs.map(({shape, dtype}) => `${dtype} ${shapeText(shape)}`).join(', ');
  return `no input is shaped like a picture of known size: ${shapes}`;
}

function pictureAt(contents: ModelContents, spec: TensorSpec, index: number): ImageCandidate | undefined {
  if (!pictureDtypes.has(spec.dtype)) return undefined;
  const found = pictureShape(spec, contents);
  if (!found || found.width < minSide || found.height < minSide) return undefined;
  if (found.channels === 3) return {...found, index};
  return looksGray(contents, spec, index, found) ? {...found, index} : undefined;
}

type PictureShape = Omit<ImageCandidate, 'index'>;

/** `[1, H, W, C]` or `[1, C, H, W]` with C 1 or 3, also without the batch, and the square `[1, S, S]`. */
function pictureShape({shape}: TensorSpec, contents: ModelContents): PictureShape | undefined {
  const dims = shape.length === 4 ? withoutBatch(shape) : shape;
  if (dims.length !== 3) return undefined;
  const [a = 0, b = 0, c = 0] = dims;
  const isColor = (size: number): size is 1 | 3 => size === 1 || size === 3;
  const why = `input shape ${shapeText(shape)}`;
  const prefersFirst = contents.header.format === 'onnx';
  const nchw = shape.length === 4 || a === 3 ? isColor(a) : false;
  const nhwc = isColor(c);
  if (nchw && (!nhwc || prefersFirst)) {
    const size = sizeOf(b, c, contents);
    return size && {...size, channels: a as 1 | 3, layout: 'nchw', why};
  }
  if (nhwc) {
    const size = sizeOf(a, b, contents);
    return size && {...size, channels: c, layout: 'nhwc', why};
  }
  if (shape.length === 3 && a === 1 && b === c) {
    return {
      width: c,
      height: b,
      channels: 1,
      layout: 'nhwc',
      why: `${why}: a square without channels, taken as a gray picture`,
    };
  }
  return undefined;
}

/** Height and width; exporters name the size of dynamic inputs in metadata (`imgsz`). */
function sizeOf(height: number, width: number, contents: ModelContents): {width: number; height: number} | undefined {
  if (height > 0 && width > 0) return {width, height};
  const [, h, w] = /^\[(\d+), (\d+)\]$/.exec(contents.header.metadata.imgsz ?? '') ?? [];
  return h && w ? {width: Number(w), height: Number(h)} : undefined;
}

/** One channel may also be a spectrogram: it must be square, say so, or be named so, and hold pixel-like numbers. */
function looksGray(contents: ModelContents, spec: TensorSpec, index: number, {width, height}: PictureShape): boolean {
  if (contents.inputNotes[index]?.image) return true;
  const named = /image|img|picture|photo|pixel/i.test(spec.name);
  return (width === height || named) && quantizedLikePixels(spec);
}

/** Real ranges that 8-bit pictures are quantized to: [0, 1], [−1, 1], normalised by ImageNet's statistics, [0, 255]. */
export function quantizedLikePixels({dtype, quantization}: TensorSpec): boolean {
  if ((dtype !== 'uint8' && dtype !== 'int8') || !quantization) return true;
  const span = quantization.scale * 255;
  return [1, 2, 4.75, 255].some(usual => Math.abs(span / usual - 1) < 0.06);
}
