import type {DType} from '../tensor/tensor.ts';
import type {Frame} from './frame.ts';

/** How a picture of one aspect is fitted into an input of another. */
export type Fit =
  /** Both axes scaled on their own: the whole picture, aspect lost. */
  | 'stretch'
  /** Aspect kept, centred, the rest padded. */
  | 'letterbox'
  /** Aspect kept, placed at the top left, the rest padded below or to the right (YOLOX). */
  | 'letterbox-corner'
  /** Aspect kept, the middle cut out so that the input is filled. */
  | 'crop';

/**
 * Resize filter; part of the model's contract because it changes scores.
 * `bilinear` is the triangle filter with antialiasing when shrinking (Pillow's BILINEAR, an area average);
 * `bilinear-point` takes four neighbours without antialiasing (OpenCV's INTER_LINEAR); `nearest` takes one.
 */
export type Filter = 'nearest' | 'bilinear' | 'bilinear-point';

/**
 * What one image input tensor wants. After the resize each channel value `p` (0–255, rounded) becomes
 * `p * multiply[c] + add[c]`, rounded half away from zero and clamped for integer dtypes.
 */
export interface ImageInput {
  readonly width: number;
  readonly height: number;
  readonly layout: 'nhwc' | 'nchw';
  readonly colorOrder: 'rgb' | 'bgr' | 'gray';
  readonly fit: Fit;
  readonly filter: Filter;
  /** Pixel value (0–255, before normalisation) of the padding. */
  readonly padValue: number;
  readonly dtype: DType;
  /** One number per channel: 3, or 1 for gray. */
  readonly multiply: readonly number[];
  readonly add: readonly number[];
}

/** A rectangle of the source frame, in its pixels. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Where source pixels went: input = (source − crop) × scale + pad, per axis.
 * All a decoder needs to bring boxes back into the frame.
 */
export interface Geometry {
  readonly sourceWidth: number;
  readonly sourceHeight: number;
  readonly inputWidth: number;
  readonly inputHeight: number;
  readonly cropX: number;
  readonly cropY: number;
  readonly scaleX: number;
  readonly scaleY: number;
  readonly padX: number;
  readonly padY: number;
}

/** A picture to be written into an input tensor before a run. */
export interface FrameInput {
  readonly inputIndex: number;
  readonly frame: Frame;
  readonly input: ImageInput;
  /** Part of the frame to look at; the whole frame when absent. */
  readonly region?: Rect;
}
