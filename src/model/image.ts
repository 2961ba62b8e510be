import {ManifestError} from '../error/errors.ts';
import type {ImageInput} from '../image/input.ts';
import type {TensorSpec} from '../tensor/tensor.ts';
import type {Manifest, ManifestInput} from './manifest.ts';
import type {Model, ModelHeader} from './model.ts';

/** Black, gray in the middle of training pictures, or what a family asks for. */
const defaultPadValue = 0;

/**
 * Turns the manifest's picture input into numbers.
 *
 * @returns undefined when no input has the role `image`
 * @throws {ManifestError} the manifest lacks the size of a dynamic input, or disagrees with the tensor's shape or dtype
 */
export function resolveImageInput(header: ModelHeader, manifest: Manifest): Model['image'] {
  const position = manifest.inputs.findIndex(({role}) => role === 'image');
  const described = manifest.inputs[position];
  if (!described) return undefined;
  const where = `${manifest.name}: inputs[${position}]`;
  const spec = header.inputs[described.index];
  if (!spec) {
    throw new ManifestError(
      `${where}.index is ${described.index}, expected below ${header.inputs.length}`,
      'Count the inputs of the model file from 0; `dunlin inspect` lists them.',
    );
  }
  const layout = described.layout ?? layoutOf(spec);
  const size = sizeOf(spec, described, {layout, where});
  const channels = size.channels;
  const colorOrder = described.colorOrder ?? (channels === 1 ? 'gray' : 'rgb');
  if ((colorOrder === 'gray') !== (channels === 1)) {
    throw new ManifestError(
      `${where}.colorOrder is "${colorOrder}", the tensor "${spec.name}" has ${channels} channels`,
      'Use "gray" for one channel, "rgb" or "bgr" for three.',
    );
  }
  const input: ImageInput = {
    width: size.width,
    height: size.height,
    layout,
    colorOrder,
    fit: described.fit ?? 'stretch',
    filter: described.filter ?? 'bilinear',
    padValue: described.padValue ?? defaultPadValue,
    dtype: spec.dtype,
    ...pixelTransform(spec, described, {channels, where}),
  };
  return {index: described.index, input};
}

/** Channels first when only the first of the last three dimensions can be a channel count. */
function layoutOf({shape}: TensorSpec): 'nhwc' | 'nchw' {
  const [first, , last] = shape.slice(-3);
  const isColor = (size: number | undefined) => size === 1 || size === 3;
  return shape.length >= 3 && !isPlane(shape) && isColor(first) && !isColor(last) ? 'nchw' : 'nhwc';
}

/** `[H, W]` or `[1, H, W]`: a gray picture without a channel dimension. */
function isPlane(shape: readonly number[]): boolean {
  const last = shape.at(-1);
  return shape.length === 2 || (shape.length === 3 && shape[0] === 1 && last !== 1 && last !== 3);
}

interface Size {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

function sizeOf(
  spec: TensorSpec,
  {width, height}: ManifestInput,
  {layout, where}: {layout: 'nhwc' | 'nchw'; where: string},
): Size {
  const {shape} = spec;
  const [a = 0, b = 0, c = 0] = isPlane(shape) ? [...shape.slice(-2), 1] : shape.slice(-3);
  const [rows, columns, channels] = layout === 'nchw' ? [b, c, a] : [a, b, c];
  const resolve = (name: 'width' | 'height', given: number | undefined, declared: number): number => {
    if (declared > 0 && given !== undefined && given !== declared) {
      throw new ManifestError(
        `${where}.${name} is ${given}, the tensor "${spec.name}" has ${declared}`,
        'Correct the size in model.json; `dunlin inspect` prints the shapes of the file.',
      );
    }
    if (declared > 0) return declared;
    if (given !== undefined) return given;
    throw new ManifestError(
      `${where}.${name} is missing; the tensor "${spec.name}" has the dynamic shape [${shape.join(', ')}]`,
      'Give the width and height that pictures are resized to in model.json.',
    );
  };
  if (channels !== 1 && channels !== 3) {
    throw new ManifestError(
      `${where}.role is "image", the tensor "${spec.name}" has shape [${shape.join(', ')}], layout ${layout}`,
      'A picture input has 1 or 3 channels; correct "layout", or give the role "tensor".',
    );
  }
  return {width: resolve('width', width, columns), height: resolve('height', height, rows), channels};
}

const lowest: Partial<Record<TensorSpec['dtype'], number>> = {int8: -128};

/** Value written = pixel × multiply + add, per channel. */
function pixelTransform(
  spec: TensorSpec,
  {normalization}: ManifestInput,
  {channels, where}: {channels: number; where: string},
): Pick<ImageInput, 'multiply' | 'add'> {
  const {dtype, quantization} = spec;
  const isByte = dtype === 'uint8' || dtype === 'int8';
  const chosen = normalization ?? (isByte ? 'as-quantized' : {mean: [0], std: [1]});
  if (chosen === 'as-quantized') {
    if (!isByte) {
      throw new ManifestError(
        `${where}.normalization is "as-quantized", the tensor "${spec.name}" holds ${dtype}`,
        'Give {"mean": […], "std": […]} for inputs that are not 8-bit integers.',
      );
    }
    return {multiply: new Array(channels).fill(1), add: new Array(channels).fill(lowest[dtype] ?? 0)};
  }
  const scale = quantization?.scale ?? 1;
  const zeroPoint = quantization?.zeroPoint ?? 0;
  const mean = perChannel(chosen.mean, channels, `${where}.normalization.mean`);
  const std = perChannel(chosen.std, channels, `${where}.normalization.std`);
  return {
    multiply: std.map(value => 1 / value / scale),
    add: std.map((value, channel) => zeroPoint - (mean[channel] ?? 0) / value / scale),
  };
}

function perChannel(values: readonly number[], channels: number, where: string): readonly number[] {
  if (values.length === channels) return values;
  const [only] = values;
  if (values.length === 1 && only !== undefined) return new Array<number>(channels).fill(only);
  throw new ManifestError(
    `${where} has ${values.length} numbers, expected 1 or ${channels}`,
    'Give one number for all channels or one per channel.',
  );
}
