import type {OpFacts, OpRule, Shape} from './facts.ts';
import {countOf, integerList} from './shapes.ts';

/** The target comes as a second input or, in older files, as an option. */
export const reshape: OpRule = op => {
  op.arity([1, 2], 1);
  const input = op.input(0);
  op.sameType(input, op.output(0));
  const given = op.optional(1);
  // Kernels take the second input only when it is a list.
  const isList = given?.shape === undefined || given.shape.length === 1;
  const target = given && isList ? integerList(op, given, 'target shape') : op.numbers('new_shape');
  if (!target) return [undefined];
  op.check(target.length <= 8, () => `target shape of ${target.length} dimensions`);
  // Old converters write [0] for a scalar.
  const wanted = `${target}` === '0' && input.shape && countOf(input.shape) === 1 ? [] : target;
  op.check(
    wanted.every(size => size >= -1),
    () => `target shape [${wanted}]`,
  );
  op.check(wanted.filter(size => size === -1).length <= 1, () => `target shape [${wanted}] leaves two dimensions open`);
  if (!input.shape) return [undefined];
  const total = countOf(input.shape);
  const rest = countOf(wanted.filter(size => size !== -1));
  const shape = wanted.map(size => (size === -1 ? (rest === 0 ? 0 : total / rest) : size));
  op.check(
    shape.every(Number.isInteger) && countOf(shape) === total,
    () => `cannot turn [${input.shape}] into [${wanted}]`,
  );
  return [shape];
};

export const squeeze: OpRule = op => {
  op.arity([1, 1], 1);
  const {shape} = op.input(0);
  op.sameType(op.input(0), op.output(0));
  if (!shape) return [undefined];
  const axes = op.numbers('squeeze_dims').map(axis => op.axis(axis, shape.length));
  const long = axes.find(axis => shape[axis] !== 1);
  if (long !== undefined) op.fail(`dimension ${long} of [${shape}] is not 1`);
  return [shape.filter((size, axis) => (axes.length > 0 ? !axes.includes(axis) : size !== 1))];
};

export const expandDims: OpRule = op => {
  op.arity([2, 2], 1);
  const {shape} = op.input(0);
  op.sameType(op.input(0), op.output(0));
  const axes = integerList(op, op.input(1), 'axis');
  if (!shape || !axes) return [undefined];
  op.check(axes.length === 1, () => `${axes.length} axes`);
  const at = op.axis(axes[0] ?? 0, shape.length + 1);
  return [[...shape.slice(0, at), 1, ...shape.slice(at)]];
};

export const transpose: OpRule = op => {
  op.arity([2, 2], 1);
  const {shape} = op.input(0);
  op.sameType(op.input(0), op.output(0));
  const order = integerList(op, op.input(1), 'permutation');
  if (!shape || !order) return [undefined];
  const axes = order.map(axis => op.axis(axis, shape.length));
  op.check(
    axes.length === shape.length && new Set(axes).size === axes.length && shape.length <= 6,
    () => `permutation [${order}] of [${shape}]`,
  );
  return [axes.map(axis => shape[axis] ?? 0)];
};

export const concatenation: OpRule = op => {
  const inputs = op.inputs;
  op.check(inputs.length > 0 && op.operator.outputs.length === 1, () => `${inputs.length} inputs`);
  op.check(op.number('fused_activation_function') === 0, () => 'a fused activation');
  op.sameType(...inputs, op.output(0));
  const shapes = inputs.map(({shape}) => shape);
  const [first] = shapes;
  if (!first || shapes.includes(undefined)) return [undefined];
  const axis = op.axis(op.number('axis'), first.length);
  for (const shape of shapes) {
    const agrees = shape?.length === first.length && shape.every((size, at) => at === axis || size === first[at]);
    if (!agrees) op.fail(`shapes [${first}] and [${shape}] cannot be joined along ${axis}`);
  }
  const total = shapes.reduce((sum, shape) => sum + (shape?.[axis] ?? 0), 0);
  return [first.map((size, at) => (at === axis ? total : size))];
};

export const pack: OpRule = op => {
  const inputs = op.inputs;
  const count = op.number('values_count');
  op.check(
    inputs.length > 0 && (count === inputs.length || count === 0),
    () => `${count} values, ${inputs.length} inputs`,
  );
  op.sameType(...inputs, op.output(0));
  const [first, ...others] = inputs.map(({shape}) => shape);
  if (!first || others.includes(undefined)) return [undefined];
  const other = others.find(shape => `${shape}` !== `${first}`);
  if (other) op.fail(`shapes [${first}] and [${other}] differ`);
  const axis = op.axis(op.number('axis'), first.length + 1);
  return [[...first.slice(0, axis), inputs.length, ...first.slice(axis)]];
};

export const unpack: OpRule = op => {
  op.arity([1, 1], op.operator.outputs.length);
  const {shape} = op.input(0);
  const count = op.number('num');
  op.check(count === op.operator.outputs.length, () => `${count} parts, ${op.operator.outputs.length} outputs`);
  if (!shape) return [];
  const axis = op.axis(op.number('axis'), shape.length);
  op.check(shape[axis] === count, () => `${count} parts of dimension ${axis} of [${shape}]`);
  return op.operator.outputs.map(() => shape.filter((_, at) => at !== axis));
};

/** Even parts along the axis that the first input names. */
export const split: OpRule = op => {
  const count = op.operator.outputs.length;
  op.arity([2, 2], count);
  op.check(op.number('num_splits') === count, () => `${op.number('num_splits')} parts, ${count} outputs`);
  const {shape} = op.input(1);
  const axes = integerList(op, op.input(0), 'axis');
  if (!shape || !axes) return [];
  op.check(axes.length === 1, () => `${axes.length} axes`);
  const axis = op.axis(axes[0] ?? 0, shape.length);
  const size = (shape[axis] ?? 0) / count;
  op.check(Number.isInteger(size), () => `${count} parts of dimension ${axis} of [${shape}]`);
  return op.operator.outputs.map(() => shape.map((old, at) => (at === axis ? size : old)));
};

/** Parts of given sizes; one may be left open. */
export const splitV: OpRule = op => {
  const count = op.operator.outputs.length;
  op.arity([3, 3], count);
  op.check(op.number('num_splits') === count, () => `${op.number('num_splits')} parts, ${count} outputs`);
  const {shape} = op.input(0);
  const sizes = integerList(op, op.input(1), 'sizes');
  const axes = integerList(op, op.input(2), 'axis');
  if (!shape || !sizes || !axes) return [];
  op.check(axes.length === 1 && sizes.length === count, () => `${sizes.length} sizes for ${count} outputs`);
  const axis = op.axis(axes[0] ?? 0, shape.length);
  const whole = shape[axis] ?? 0;
  const given = sizes.filter(size => size !== -1).reduce((sum, size) => sum + size, 0);
  const isOpen = sizes.includes(-1);
  const fits = sizes.every(size => size >= -1) && (isOpen ? given <= whole : given === whole);
  op.check(
    fits && sizes.filter(size => size === -1).length <= 1,
    () => `sizes [${sizes}] of dimension ${axis} of [${shape}]`,
  );
  return sizes.map(size => shape.map((old, at) => (at === axis ? (size === -1 ? whole - given : size) : old)));
};

export const pad: OpRule = op => {
  op.arity([2, 3], 1);
  const {shape} = op.input(0);
  op.sameType(op.input(0), op.output(0));
  const constant = op.optional(2);
  if (constant) op.sameType(op.input(0), constant);
  const operand = op.input(1);
  op.type(operand, ['int8', 'int16', 'int32', 'int64'], 'paddings');
  const paddings = operand.ints;
  if (shape && operand.shape) {
    op.check(
      operand.shape.length === 2 && operand.shape[0] === shape.length && operand.shape[1] === 2,
      () => `paddings of [${operand.shape}] for [${shape}]`,
    );
  }
  if (paddings)
    op.check(
      paddings.every(size => size >= 0 && size < 2 ** 24),
      () => `paddings [${paddings}]`,
    );
  if (!shape || !paddings) return [undefined];
  if (op.operator.name === 'MIRROR_PAD') checkMirror(op, shape, paddings);
  return [shape.map((size, axis) => size + (paddings[axis * 2] ?? 0) + (paddings[axis * 2 + 1] ?? 0))];
};

/** A reflected border is no wider than the tensor: one less when the edge itself is left out. */
function checkMirror(op: OpFacts, shape: Shape, paddings: readonly number[]): void {
  const mode = op.number('mode');
  op.check(mode === 0 || mode === 1, () => `mode ${mode}`);
  const limit = (axis: number) => (shape[axis] ?? 0) - (mode === 0 ? 1 : 0);
  const wide = paddings.findIndex((size, index) => size > limit(Math.floor(index / 2)));
  if (wide >= 0) op.fail(`a border of ${paddings[wide]} mirrored from [${shape}]`);
}

export const tile: OpRule = op => {
  op.arity([2, 2], 1);
  const {shape} = op.input(0);
  op.sameType(op.input(0), op.output(0));
  const repeats = integerList(op, op.input(1), 'multiples');
  if (!shape || !repeats) return [undefined];
  op.check(
    repeats.length === shape.length && repeats.every(count => count >= 0),
    () => `multiples [${repeats}] of [${shape}]`,
  );
  return [shape.map((size, axis) => size * (repeats[axis] ?? 0))];
};

export const broadcastTo: OpRule = op => {
  op.arity([2, 2], 1);
  const {shape} = op.input(0);
  op.sameType(op.input(0), op.output(0));
  const target = integerList(op, op.input(1), 'shape');
  if (!shape || !target) return [undefined];
  const fits =
    target.length >= shape.length &&
    target.length <= 8 &&
    shape.every((size, axis) => size === 1 || size === target[axis + target.length - shape.length]);
  op.check(fits && target.every(size => size >= 0), () => `[${shape}] to [${target}]`);
  return [target];
};

export const depthToSpace: OpRule = op => {
  op.arity([1, 1], 1);
  const input = op.input(0);
  op.sameType(input, op.output(0));
  const block = op.number('block_size');
  op.check(block > 0, () => `block size ${block}`);
  if (!op.rank(input, 4, 'input')) return [undefined];
  const [batch = 0, height = 0, width = 0, depth = 0] = input.shape;
  op.check(depth % (block * block) === 0, () => `blocks of ${block} in [${input.shape}]`);
  return [[batch, height * block, width * block, depth / (block * block)]];
};

export const spaceToDepth: OpRule = op => {
  op.arity([1, 1], 1);
  const input = op.input(0);
  op.sameType(input, op.output(0));
  const block = op.number('block_size');
  op.check(block > 0, () => `block size ${block}`);
  if (!op.rank(input, 4, 'input')) return [undefined];
  const [batch = 0, height = 0, width = 0, depth = 0] = input.shape;
  op.check(height % block === 0 && width % block === 0, () => `blocks of ${block} in [${input.shape}]`);
  return [[batch, height / block, width / block, depth * block * block]];
};

export const spaceToBatch: OpRule = op => {
  op.arity([3, 3], 1);
  const {shape} = op.input(0);
  op.sameType(op.input(0), op.output(0));
  const blocks = integerList(op, op.input(1), 'block shape');
  const paddings = integerList(op, op.input(2), 'paddings');
  if (!shape || !blocks) return [undefined];
  const spatial = checkBlocks(op, shape, blocks, paddings);
  if (!paddings) return [undefined];
  const sizes = spatial.map((size, axis) => {
    const padded = size + (paddings[axis * 2] ?? 0) + (paddings[axis * 2 + 1] ?? 0);
    return padded / (blocks[axis] ?? 1);
  });
  op.check(sizes.every(Number.isInteger), () => `blocks [${blocks}] of [${shape}] padded by [${paddings}]`);
  return [[(shape[0] ?? 0) * countOf(blocks), ...sizes, ...shape.slice(1 + blocks.length)]];
};

export const batchToSpace: OpRule = op => {
  op.arity([3, 3], 1);
  const {shape} = op.input(0);
  op.sameType(op.input(0), op.output(0));
  const blocks = integerList(op, op.input(1), 'block shape');
  const crops = integerList(op, op.input(2), 'crops');
  if (!shape || !blocks) return [undefined];
  const spatial = checkBlocks(op, shape, blocks, crops);
  if (!crops) return [undefined];
  const sizes = spatial.map(
    (size, axis) => size * (blocks[axis] ?? 1) - (crops[axis * 2] ?? 0) - (crops[axis * 2 + 1] ?? 0),
  );
  const batch = (shape[0] ?? 0) / countOf(blocks);
  op.check(
    Number.isInteger(batch) && sizes.every(size => size >= 0),
    () => `blocks [${blocks}], crops [${crops}] of [${shape}]`,
  );
  return [[batch, ...sizes, ...shape.slice(1 + blocks.length)]];
};

/** Block sizes and borders of the dimensions after the batch. */
function checkBlocks(
  op: OpFacts,
  shape: Shape,
  blocks: readonly number[],
  borders: readonly number[] | undefined,
): Shape {
  op.check(
    (shape.length === 3 || shape.length === 4) &&
      blocks.length === shape.length - 2 &&
      blocks.every(block => block > 0 && block < 65_536) &&
      (borders === undefined ||
        (borders.length === blocks.length * 2 && borders.every(size => size >= 0 && size < 2 ** 24))),
    () => `blocks [${blocks}] and borders [${borders}] of [${shape}]`,
  );
  return shape.slice(1, 1 + blocks.length);
}
