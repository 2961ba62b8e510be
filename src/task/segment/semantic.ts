import type {Rect} from '../../image/input.ts';
import type {Tensor} from '../../tensor/tensor.ts';
import {type Decoder, type DecoderContext, outputAt, shapeMismatch} from '../decoder.ts';
import {pictureArea} from '../geometry.ts';
import type {Labeler} from '../labels.ts';
import type {SegmentClass} from '../result.ts';
import {requireRole} from '../roles.ts';
import {logit, rawThreshold, valuesOf} from '../values.ts';
import {argmaxInto, noClass} from './argmax.ts';
import {labelsInto} from './label-map.ts';

const defaultThreshold = 0.5;

/** One output tensor, ready to give the mask of any part of it. */
interface MaskSource {
  readonly width: number;
  readonly height: number;
  readonly binary: boolean;
  fill(mask: Uint8Array, area: Rect): void;
}

/**
 * One class per pixel. Role `logits`: class logits or scores, `[1, H, W, C]` or `[1, C, H, W]` as the picture input is
 * laid out (or as `outputs[].layout` says), the largest wins; with one channel it is the foreground's probability (or
 * logit, with `decode.activation: sigmoid`): class 1 at or above the threshold (default 0.5), else class 0. Role
 * `labels`: class indexes `[1, H, W]`. Any dtype; quantized values are compared as stored.
 *
 * The mask has the output's resolution, without the input's padding. The class `backgroundIndex` (0 for one channel)
 * stays in the mask but is not listed. For one channel a single label names the foreground.
 *
 * @throws {ManifestError} no output has the role `logits` or `labels`
 */
export function createSemanticDecoder(context: DecoderContext): Decoder {
  const {where, roles} = context;
  const index = roles.labels ?? requireRole(roles, 'logits', where);
  const open = roles.labels === undefined ? scoreReader(context) : labelReader(context);

  return (outputs, geometry) => {
    const source = open(outputAt(outputs, index, where));
    const {width, height} = source;
    const area = geometry ? pictureArea(geometry, width, height) : {x: 0, y: 0, width, height};
    const mask = new Uint8Array(area.width * area.height);
    source.fill(mask, area);
    return {
      task: 'segment',
      width: area.width,
      height: area.height,
      classes: presentClasses(mask, context, source.binary),
      mask,
    };
  };
}

/** Classes of the mask without the background, largest first, ties by index. */
function presentClasses(mask: Uint8Array, context: DecoderContext, binary: boolean): SegmentClass[] {
  const {decode, options, labelCount} = context;
  const background = decode.backgroundIndex ?? (binary ? 0 : -1);
  const named = binary && labelCount === 1 && decode.labelOffset === undefined;
  const label: Labeler = named ? index => context.label(index - 1) : context.label;
  const counts = new Uint32Array(256);
  for (let pixel = 0; pixel < mask.length; pixel++) counts[mask[pixel]!]!++;
  const classes: SegmentClass[] = [];
  for (let index = 0; index < noClass; index++) {
    const count = counts[index]!;
    if (count > 0 && index !== background) classes.push({index, label: label(index), fraction: count / mask.length});
  }
  classes.sort((a, b) => b.fraction - a.fraction || a.index - b.index);
  return options.top === undefined ? classes : classes.slice(0, options.top);
}

function labelReader({where}: DecoderContext): (tensor: Tensor) => MaskSource {
  return tensor => {
    const [height = 0, width = 0, ...more] = tensor.shape.length > 2 ? unwrapped(tensor.shape) : tensor.shape;
    if (more.some(length => length !== 1) || width * height === 0) throw shapeMismatch(where, tensor, '[1, H, W]');
    return {width, height, binary: false, fill: (mask, area) => labelsInto(mask, tensor, width, area)};
  };
}

function scoreReader({where, layout, options, decode}: DecoderContext): (tensor: Tensor) => MaskSource {
  const probability = options.scoreThreshold ?? decode.scoreThreshold ?? defaultThreshold;
  const threshold = decode.activation === 'sigmoid' ? logit(probability) : probability;
  return tensor => {
    const {width, height, classes} = gridOf(tensor, layout);
    if (!(classes > 0 && classes < noClass && width * height > 0)) {
      throw shapeMismatch(where, tensor, `${layout === 'nchw' ? '[1, C, H, W]' : '[1, H, W, C]'}, C below ${noClass}`);
    }
    const values = valuesOf(tensor);
    if (classes === 1) {
      const minimum = rawThreshold(values, threshold);
      const fill = (mask: Uint8Array, area: Rect) => {
        let pixel = 0;
        for (let y = area.y; y < area.y + area.height; y++) {
          const start = y * width + area.x;
          for (let at = start; at < start + area.width; at++) mask[pixel++] = values.raw[at]! >= minimum ? 1 : 0;
        }
      };
      return {width, height, binary: true, fill};
    }
    const [pixelStep, classStep] = layout === 'nchw' ? [1, width * height] : [classes, 1];
    const grid = {width, classes, pixelStep, classStep};
    return {width, height, binary: false, fill: (mask, area) => argmaxInto(mask, values.raw, grid, area)};
  };
}

/** Without the batch dimension when it is 1. */
function unwrapped(shape: readonly number[]): readonly number[] {
  return shape[0] === 1 ? shape.slice(1) : shape;
}

/** Zeros for a shape of the wrong rank or batch. */
function gridOf({shape}: Tensor, layout: 'nhwc' | 'nchw'): {width: number; height: number; classes: number} {
  const [first = 0, second = 0, third = 1, ...more] = shape.length === 2 ? shape : unwrapped(shape);
  if (more.length > 0) return {width: 0, height: 0, classes: 0};
  if (shape.length < 4 && third === 1) return {height: first, width: second, classes: 1};
  return layout === 'nchw'
    ? {classes: first, height: second, width: third}
    : {height: first, width: second, classes: third};
}
