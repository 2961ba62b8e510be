import {safeElementCount} from '../tensors.ts';
import type {Operand, OpFacts, Shape} from './facts.ts';

/** Elements of a shape. */
export function countOf(shape: Shape): number {
  return shape.reduce((total, size) => total * size, 1);
}

/** Shape of two operands broadcast together; refuses shapes that do not agree. */
export function broadcast(op: OpFacts, a: Shape | undefined, b: Shape | undefined): Shape | undefined {
  if (!a || !b) return undefined;
  const rank = Math.max(a.length, b.length);
  return Array.from({length: rank}, (_, axis) => {
    const x = a.at(axis - rank) ?? 1;
    const y = b.at(axis - rank) ?? 1;
    if (x !== y && x !== 1 && y !== 1) op.fail(`shapes [${a}] and [${b}] do not broadcast`);
    return x === 1 ? y : x;
  });
}

/** Positions of a sliding window; refuses windows that fit nowhere. */
export function windowCount(
  op: OpFacts,
  {
    size,
    filter,
    stride,
    dilation,
    padding,
  }: {size: number; filter: number; stride: number; dilation: number; padding: number},
): number {
  const extent = (filter - 1) * dilation + 1;
  const count = padding === samePadding ? Math.ceil(size / stride) : Math.ceil((size - extent + 1) / stride);
  if (!(count > 0)) op.fail(`a window of ${extent} does not fit into ${size}`);
  return count;
}

export const samePadding = 0;

/** Options shared by everything that slides: padding 0 or 1, strides and dilations above 0, a known activation. */
export function checkWindow(op: OpFacts): void {
  const padding = op.number('padding');
  op.check(padding === 0 || padding === 1, () => `padding ${padding}`);
  for (const key of ['stride_w', 'stride_h']) {
    const stride = op.number(key);
    op.check(stride > 0 && stride <= 65_535, () => `${key} ${stride}`);
  }
  for (const key of ['dilation_w_factor', 'dilation_h_factor']) {
    const value = op.operator.options?.[key];
    if (typeof value === 'number') op.check(value > 0 && value <= 65_535, () => `${key} ${value}`);
  }
  checkActivation(op);
}

/** A fused activation is one of the schema's six. */
export function checkActivation(op: OpFacts): void {
  const activation = op.number('fused_activation_function');
  op.check(activation >= 0 && activation <= 5, () => `fused activation ${activation}`);
}

/** A bias has one element per output channel. */
export function checkBias(op: OpFacts, position: number, channels: number | undefined): void {
  const bias = op.optional(position);
  if (!bias?.shape || channels === undefined) return;
  const count = safeElementCount(bias.shape);
  op.check(count === channels && bias.shape.length >= 1, () => `a bias of [${bias.shape}] for ${channels} channels`);
}

/** A constant list of integers; undefined when only a run can tell. */
export function integerList(op: OpFacts, operand: Operand, name: string): readonly number[] | undefined {
  op.type(operand, ['int32', 'int64'], name);
  return operand.ints;
}
