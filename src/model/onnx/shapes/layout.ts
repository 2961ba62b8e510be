import {axisOf, type NodeFacts, productOf, type ShapeRule} from './known.ts';

/** Same shape as the first input; short integer lists pass through. */
export const same: ShapeRule = ({shape, ints}) => [{shape: shape(0), ints: ints(0)}];

export const reshape: ShapeRule = ({shape, ints, attribute}) => {
  const input = shape(0);
  const target = ints(1) ?? attribute('shape')?.ints;
  if (!target) return [];
  const sizes = target.map((size, axis) =>
    size === 0 && attribute('allowzero')?.i !== 1 ? (input?.[axis] ?? -1) : size,
  );
  const unknown = sizes.indexOf(-1);
  const total = input ? productOf(input) : -1;
  const rest = productOf(sizes.filter((_, axis) => axis !== unknown));
  if (unknown >= 0 && total >= 0 && rest > 0) sizes[unknown] = total / rest;
  return [{shape: sizes, ints: ints(0)}];
};

export const flatten: ShapeRule = ({shape, attribute}) => {
  const input = shape(0);
  if (!input) return [];
  const axis = attribute('axis')?.i ?? 1;
  const split = axis < 0 ? axis + input.length : axis;
  return [{shape: [productOf(input.slice(0, split)), productOf(input.slice(split))]}];
};

export const transpose: ShapeRule = ({shape, attribute}) => {
  const input = shape(0);
  if (!input) return [];
  const order = attribute('perm')?.ints ?? [];
  if (order.length === 0) return [{shape: input.toReversed()}];
  return [{shape: order.map(axis => input[axis] ?? -1)}];
};

/** Axes as an attribute (before operator set 13) or as the second input. */
function axesOf({attribute, ints}: NodeFacts): readonly number[] | undefined {
  return attribute('axes')?.ints ?? ints(1);
}

export const unsqueeze: ShapeRule = facts => {
  const input = facts.shape(0);
  const axes = axesOf(facts);
  if (!input || !axes) return [];
  const rank = input.length + axes.length;
  const places = new Set(axes.map(axis => axisOf(axis, rank)));
  const rest = [...input];
  const shape = Array.from({length: rank}, (_, axis) => (places.has(axis) ? 1 : (rest.shift() ?? -1)));
  return [{shape, ints: facts.ints(0)}];
};

export const squeeze: ShapeRule = facts => {
  const input = facts.shape(0);
  if (!input) return [];
  const axes = axesOf(facts)?.map(axis => axisOf(axis, input.length));
  const shape = input.filter((size, axis) => (axes ? !axes.includes(axis) : size !== 1));
  return [{shape, ints: facts.ints(0)}];
};

export const concat: ShapeRule = facts => {
  const shapes = facts.node.inputs.map((_, index) => facts.shape(index));
  const [first] = shapes;
  const lists = facts.node.inputs.map((_, index) => facts.ints(index));
  const ints = lists.every(list => list !== undefined) ? lists.flat() : undefined;
  if (!first || shapes.some(shape => shape === undefined)) return [{ints}];
  const axis = axisOf(facts.attribute('axis')?.i ?? 1, first.length);
  const sizes = shapes.map(shape => (axis === undefined ? -1 : (shape?.[axis] ?? -1)));
  const total = sizes.some(size => size < 0) ? -1 : sizes.reduce((sum, size) => sum + size, 0);
  return [{shape: first.map((size, at) => (at === axis ? total : size)), ints}];
};

export const split: ShapeRule = facts => {
  const input = facts.shape(0);
  if (!input) return [];
  const axis = axisOf(facts.attribute('axis')?.i ?? 0, input.length) ?? 0;
  const parts = facts.attribute('split')?.ints ?? facts.ints(1);
  const count = facts.node.outputs.length;
  const whole = input[axis] ?? -1;
  const even = whole < 0 ? -1 : Math.ceil(whole / count);
  return facts.node.outputs.map((_, index) => {
    const size = parts?.[index] ?? (whole < 0 ? -1 : Math.max(0, Math.min(even, whole - even * index)));
    return {shape: input.map((old, at) => (at === axis ? size : old))};
  });
};

/** Length of `from:to:step` along an axis of `size`. */
function sliceLength(size: number, from: number, to: number, step: number): number {
  if (size < 0 || step === 0) return -1;
  const limit = (index: number, low: number, high: number) =>
    Math.min(high, Math.max(low, index < 0 ? index + size : index));
  const start = step > 0 ? limit(from, 0, size) : limit(from, 0, size - 1);
  const end = step > 0 ? limit(to, 0, size) : limit(to, -1, size - 1);
  return Math.max(0, Math.ceil((end - start) / step));
}

export const slice: ShapeRule = facts => {
  const {shape, ints, attribute} = facts;
  const input = shape(0);
  const starts = attribute('starts')?.ints ?? ints(1);
  const ends = attribute('ends')?.ints ?? ints(2);
  if (!input || !starts || !ends) return [];
  const axes = attribute('axes')?.ints ?? ints(3) ?? starts.map((_, index) => index);
  const steps = ints(4) ?? starts.map(() => 1);
  const sizes = [...input];
  axes.forEach((given, index) => {
    const axis = axisOf(given, input.length);
    if (axis === undefined) return;
    sizes[axis] = sliceLength(input[axis] ?? -1, starts[index] ?? 0, ends[index] ?? 0, steps[index] ?? 1);
  });
  const list = ints(0);
  const [from = 0] = starts;
  const [to = 0] = ends;
  const plain = list && input.length === 1 && (steps[0] ?? 1) === 1;
  return [{shape: sizes, ints: plain ? list.slice(from, to) : undefined}];
};

export const gather: ShapeRule = ({shape, ints, attribute}) => {
  const input = shape(0);
  const indices = shape(1);
  const list = ints(0);
  const picks = ints(1);
  const picked = list && picks?.map(index => list.at(index) ?? 0);
  if (!input || !indices) return [{ints: picked}];
  const axis = axisOf(attribute('axis')?.i ?? 0, input.length) ?? 0;
  return [{shape: [...input.slice(0, axis), ...indices, ...input.slice(axis + 1)], ints: picked}];
};

export const pad: ShapeRule = ({shape, ints, attribute}) => {
  const input = shape(0);
  const pads = attribute('pads')?.ints ?? ints(1);
  if (!input || !pads || pads.length !== input.length * 2) return [];
  const sizes = input.map((size, axis) =>
    size < 0 ? -1 : size + (pads[axis] ?? 0) + (pads[axis + input.length] ?? 0),
  );
  return [{shape: sizes}];
};

export const expand: ShapeRule = ({shape, ints}) => {
  const input = shape(0);
  const target = ints(1);
  if (!input || !target) return [];
  const rank = Math.max(input.length, target.length);
  const at = (dims: readonly number[], axis: number) => dims.at(axis - rank) ?? 1;
  return [{shape: Array.from({length: rank}, (_, axis) => Math.max(at(input, axis), at(target, axis)))}];
};

export const tile: ShapeRule = ({shape, ints}) => {
  const input = shape(0);
  const repeats = ints(1);
  if (!input || !repeats) return [];
  return [{shape: input.map((size, axis) => (size < 0 ? -1 : size * (repeats[axis] ?? 1)))}];
};

export const depthToSpace: ShapeRule = ({shape, attribute}) => {
  const input = shape(0);
  const block = attribute('blocksize')?.i ?? 1;
  if (input?.length !== 4) return [];
  const [batch = -1, channels = -1, height = -1, width = -1] = input;
  return [{shape: [batch, channels / (block * block), height * block, width * block]}];
};

export const spaceToDepth: ShapeRule = ({shape, attribute}) => {
  const input = shape(0);
  const block = attribute('blocksize')?.i ?? 1;
  if (input?.length !== 4) return [];
  const [batch = -1, channels = -1, height = -1, width = -1] = input;
  return [{shape: [batch, channels * block * block, height / block, width / block]}];
};
