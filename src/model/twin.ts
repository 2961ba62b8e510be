import {basename, dirname, extname, join} from 'node:path';
import type {TensorSpec} from '../tensor/tensor.ts';
import type {ModelHeader} from './model.ts';

/** How the Edge TPU compiler ends the names of the files that it writes. */
const suffix = /[-_]edgetpu$/;
const folder = 'edgetpu';

/**
 * Files that may be the other half of a pair: for `x_edgetpu.tflite` the `x.tflite` beside it, or above it where the folder is
 * called `edgetpu`; for `x.tflite` the `x_edgetpu.tflite` beside it or in such a folder.
 */
export function twinCandidates(path: string, compiled: boolean): string[] {
  const extension = extname(path);
  const stem = basename(path, extension);
  const here = dirname(path);
  if (!compiled) {
    const name = `${stem}_edgetpu${extension}`;
    return [join(here, name), join(here, folder, name)];
  }
  // Models compiled together are often named after each other: `a_cocompiled_with_b_edgetpu`.
  const name = `${stem.replace(suffix, '').replace(/_cocompiled_with_.*$/, '')}${extension}`;
  const above = basename(here) === folder || here === '.' ? [join(here, '..', name)] : [];
  return [join(here, name), ...above].filter(candidate => candidate !== path);
}

/**
 * Why two files cannot stand in for each other; undefined when their inputs and outputs agree in number, shape and dtype, and
 * those that have the same names are in the same order.
 */
export function disagreement(one: ModelHeader, other: ModelHeader): string | undefined {
  return differ('input', one.inputs, other.inputs) ?? differ('output', one.outputs, other.outputs);
}

function differ(side: string, one: readonly TensorSpec[], other: readonly TensorSpec[]): string | undefined {
  if (one.length !== other.length) return `${one.length} ${side}s against ${other.length}`;
  const names = [one, other].map(specs => specs.map(({name}) => name));
  const [order, otherOrder] = names.map(String);
  const [sorted, otherSorted] = names.map(list => String(list.toSorted()));
  if (order !== otherOrder && sorted === otherSorted)
    return `${side}s in another order: ${order} against ${otherOrder}`;
  const index = one.findIndex((spec, position) => text(spec) !== text(other[position]));
  return index < 0 ? undefined : `${side} ${index} is ${text(one[index])} against ${text(other[index])}`;
}

function text(spec: TensorSpec | undefined): string {
  return spec === undefined ? 'missing' : `${spec.dtype} [${spec.shape.join(', ')}]`;
}
