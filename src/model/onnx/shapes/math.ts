import {axisOf, broadcast, type ShapeRule} from './known.ts';

/** Arithmetic on two short integer lists, as exporters use for shapes. */
function arithmetic(compute: (a: number, b: number) => number): ShapeRule {
  return ({shape, ints}) => {
    const [a, b] = [ints(0), ints(1)];
    const length = a && b ? Math.max(a.length, b.length) : 0;
    const at = (list: readonly number[], index: number) => list[list.length === 1 ? 0 : index] ?? 0;
    const values = a && b ? Array.from({length}, (_, index) => compute(at(a, index), at(b, index))) : undefined;
    return [{shape: broadcast(shape(0), shape(1)), ints: values?.every(Number.isFinite) ? values : undefined}];
  };
}

export const add = arithmetic((a, b) => a + b);
export const sub = arithmetic((a, b) => a - b);
export const mul = arithmetic((a, b) => a * b);
export const div = arithmetic((a, b) => Math.trunc(a / b));

/** Elementwise on any number of inputs. */
export const elementwise: ShapeRule = ({node, shape}) => {
  const [first, ...others] = node.inputs.map((_, index) => shape(index));
  return [{shape: others.reduce((result, other) => broadcast(result, other), first)}];
};

export const matmul: ShapeRule = ({shape}) => {
  const a = shape(0);
  const b = shape(1);
  if (!a || !b || a.length < 2 || b.length < 2) return [];
  const batch = broadcast(a.slice(0, -2), b.slice(0, -2));
  return batch ? [{shape: [...batch, a.at(-2) ?? -1, b.at(-1) ?? -1]}] : [];
};

export const gemm: ShapeRule = ({shape, attribute}) => {
  const a = shape(0);
  const b = shape(1);
  if (a?.length !== 2 || b?.length !== 2) return [];
  const rows = attribute('transA')?.i === 1 ? a[1] : a[0];
  const columns = attribute('transB')?.i === 1 ? b[0] : b[1];
  return [{shape: [rows ?? -1, columns ?? -1]}];
};

export const reduce: ShapeRule = ({shape, ints, attribute}) => {
  const input = shape(0);
  if (!input) return [];
  const axes = (attribute('axes')?.ints ?? ints(1))?.map(axis => axisOf(axis, input.length));
  const isReduced = (axis: number) => !axes || axes.length === 0 || axes.includes(axis);
  const keeps = (attribute('keepdims')?.i ?? 1) === 1;
  if (keeps) return [{shape: input.map((size, axis) => (isReduced(axis) ? 1 : size))}];
  return [{shape: input.filter((_, axis) => !isReduced(axis))}];
};

export const argReduce: ShapeRule = ({shape, attribute}) => {
  const input = shape(0);
  if (!input) return [];
  const reduced = axisOf(attribute('axis')?.i ?? 0, input.length);
  const keeps = (attribute('keepdims')?.i ?? 1) === 1;
  if (keeps) return [{shape: input.map((size, axis) => (axis === reduced ? 1 : size))}];
  return [{shape: input.filter((_, axis) => axis !== reduced)}];
};

export const resize: ShapeRule = ({node, shape, ints, attribute}) => {
  const input = shape(0);
  if (!input) return [];
  const sizes = ints(node.inputs.length > 3 ? 3 : -1);
  if (sizes?.length === input.length) return [{shape: sizes}];
  const scales = attribute('scales')?.floats;
  if (scales?.length === input.length) {
    return [{shape: input.map((size, axis) => (size < 0 ? -1 : Math.floor(size * (scales[axis] ?? 1))))}];
  }
  return [{shape: input.map((size, axis) => (axis < 2 ? size : -1))}];
};

export const shapeOf: ShapeRule = ({shape}) => {
  const input = shape(0);
  if (!input) return [];
  const isKnown = input.every(size => size >= 0);
  return [{shape: [input.length], ints: isKnown ? input : undefined}];
};

/** LSTM, GRU and RNN: sequence `[steps, batch, features]`, recurrent weights `[directions, gates × hidden, hidden]`. */
export const recurrent: ShapeRule = ({shape}) => {
  const input = shape(0);
  const weights = shape(2);
  if (input?.length !== 3 || weights?.length !== 3) return [];
  const [steps = -1, batch = -1] = input;
  const [directions = -1, , hidden = -1] = weights;
  const state = {shape: [directions, batch, hidden]};
  return [{shape: [steps, directions, batch, hidden]}, state, state];
};
