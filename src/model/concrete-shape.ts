import type {ImageInput} from '../image/input.ts';
import type {TensorSpec} from '../tensor/tensor.ts';
import type {Model} from './model.ts';

/**
 * The shape that an input gets: dynamic dimensions become the manifest's picture size where it is the picture, else 1.
 *
 * @param index of the input in the model
 */
export function concreteShape(spec: TensorSpec, index: number, model: Model): readonly number[] {
  if (spec.shape.every(dimension => dimension >= 0)) return spec.shape;
  const {image} = model;
  if (image?.index === index) return pictureShape(spec.shape, image.input);
  return spec.shape.map(dimension => Math.max(dimension, 1));
}

function pictureShape(declared: readonly number[], {width, height, layout, colorOrder}: ImageInput): number[] {
  const channels = colorOrder === 'gray' ? 1 : 3;
  const full = layout === 'nchw' ? [1, channels, height, width] : [1, height, width, channels];
  return full.slice(full.length - declared.length);
}
