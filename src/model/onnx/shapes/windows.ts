import type {NodeFacts, ShapeRule} from './known.ts';

const utf8 = new TextDecoder();

interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  /** `NOTSET`, `SAME_UPPER`, `SAME_LOWER`, `VALID`. */
  readonly autoPad: string;
  readonly roundsUp: boolean;
}

function windowOf({attribute}: NodeFacts, kernel: readonly number[]): Window {
  const list = (name: string, fallback: number, count = kernel.length) => {
    const given = attribute(name)?.ints ?? [];
    return given.length === count ? given : new Array<number>(count).fill(fallback);
  };
  return {
    kernel,
    strides: list('strides', 1),
    dilations: list('dilations', 1),
    pads: list('pads', 0, kernel.length * 2),
    autoPad: utf8.decode(attribute('auto_pad')?.s ?? new Uint8Array()) || 'NOTSET',
    roundsUp: attribute('ceil_mode')?.i === 1,
  };
}

/** Positions of a sliding window along one axis. */
function slide(size: number, axis: number, window: Window): number {
  if (size < 0) return -1;
  const {strides, dilations, kernel, pads, autoPad, roundsUp} = window;
  const stride = Math.max(1, strides[axis] ?? 1);
  if (autoPad.startsWith('SAME')) return Math.ceil(size / stride);
  const extent = ((kernel[axis] ?? 1) - 1) * (dilations[axis] ?? 1) + 1;
  const padding = autoPad === 'VALID' ? 0 : (pads[axis] ?? 0) + (pads[axis + kernel.length] ?? 0);
  const steps = (size + padding - extent) / stride;
  return Math.max(0, (roundsUp ? Math.ceil(steps) : Math.floor(steps)) + 1);
}

/** Convolution: filters `[M, C / group, k…]`. */
export const conv: ShapeRule = facts => {
  const input = facts.shape(0);
  const filter = facts.shape(1);
  if (!input || !filter || input.length < 3 || filter.length !== input.length) return [];
  const window = windowOf(facts, filter.slice(2));
  const sizes = input.slice(2).map((size, axis) => slide(size, axis, window));
  return [{shape: [input[0] ?? -1, filter[0] ?? -1, ...sizes]}];
};

/** Transposed convolution: filters `[C, M / group, k…]`. */
export const convTranspose: ShapeRule = facts => {
  const input = facts.shape(0);
  const filter = facts.shape(1);
  if (!input || !filter || input.length < 3 || filter.length !== input.length) return [];
  const window = windowOf(facts, filter.slice(2));
  const group = facts.attribute('group')?.i ?? 1;
  const extra = facts.attribute('output_padding')?.ints ?? [];
  const given = facts.attribute('output_shape')?.ints ?? [];
  const sizes = input.slice(2).map((size, axis) => {
    if (given.length > 0) return given.at(axis - (input.length - 2)) ?? -1;
    if (size < 0) return -1;
    const {strides, dilations, kernel, pads, autoPad} = window;
    const stride = strides[axis] ?? 1;
    if (autoPad.startsWith('SAME')) return size * stride;
    const extent = ((kernel[axis] ?? 1) - 1) * (dilations[axis] ?? 1) + 1;
    const padding = (pads[axis] ?? 0) + (pads[axis + kernel.length] ?? 0);
    return (size - 1) * stride + (extra[axis] ?? 0) + extent - padding;
  });
  return [{shape: [input[0] ?? -1, (filter[1] ?? -1) * group, ...sizes]}];
};

/** Max and average pooling. */
export const pool: ShapeRule = facts => {
  const input = facts.shape(0);
  const kernel = facts.attribute('kernel_shape')?.ints ?? [];
  if (!input || kernel.length !== input.length - 2) return [];
  const window = windowOf(facts, kernel);
  return [{shape: [...input.slice(0, 2), ...input.slice(2).map((size, axis) => slide(size, axis, window))]}];
};

/** Pooling over everything but batch and channels. */
export const globalPool: ShapeRule = facts => {
  const input = facts.shape(0);
  return input ? [{shape: input.map((size, axis) => (axis < 2 ? size : 1))}] : [];
};
