import type {OpFacts, OpRule, Shape} from './facts.ts';
import {countOf, integerList} from './shapes.ts';

export const slice: OpRule = op => {
  op.arity([3, 3], 1);
  const {shape} = op.input(0);
  op.sameType(op.input(0), op.output(0));
  const begin = integerList(op, op.input(1), 'begin');
  const size = integerList(op, op.input(2), 'size');
  if (!shape || !begin || !size) return [undefined];
  op.check(
    begin.length === shape.length && size.length === shape.length,
    () => `[${begin}] and [${size}] of [${shape}]`,
  );
  const sizes = shape.map((whole, axis) => {
    const from = begin[axis] ?? 0;
    const wanted = size[axis] ?? 0;
    const length = wanted === -1 ? whole - from : wanted;
    op.check(from >= 0 && length >= 0 && from + length <= whole, () => `[${begin}] and [${size}] leave [${shape}]`);
    return length;
  });
  return [sizes];
};

/** Python-like slicing with masks. */
export const stridedSlice: OpRule = op => {
  op.arity([4, 4], 1);
  op.options('StridedSlice');
  const {shape} = op.input(0);
  op.sameType(op.input(0), op.output(0));
  const lists = [1, 2, 3].map(position => integerList(op, op.input(position), 'range'));
  const [begin, end, strides] = lists;
  if (strides)
    op.check(
      strides.every(stride => stride !== 0),
      () => `strides [${strides}]`,
    );
  const lengths = new Set(lists.flatMap(list => (list ? [list.length] : [])));
  op.check(lengths.size <= 1, () => 'ranges of different lengths');
  if (!shape || !begin || !end || !strides) return [undefined];
  op.check(begin.length <= 8, () => `${begin.length} ranges of [${shape}]`);
  for (const mask of ['begin_mask', 'end_mask', 'ellipsis_mask', 'new_axis_mask', 'shrink_axis_mask']) {
    op.check(op.number(mask) >= 0 && op.number(mask) < 2 ** begin.length, () => `${mask} ${op.number(mask)}`);
  }
  return [slicedShape(op, shape, {begin, end, strides})];
};

interface Ranges {
  readonly begin: readonly number[];
  readonly end: readonly number[];
  readonly strides: readonly number[];
}

function slicedShape(op: OpFacts, shape: Shape, {begin, end, strides}: Ranges): Shape {
  const has = (mask: string, index: number) => ((op.number(mask) >> index) & 1) === 1;
  const result: number[] = [];
  let axis = 0;
  const news = begin.filter((_, index) => has('new_axis_mask', index)).length;
  begin.forEach((from, index) => {
    if (has('ellipsis_mask', index)) {
      const skipped = Math.max(0, shape.length - (begin.length - 1 - news));
      result.push(...shape.slice(axis, axis + skipped));
      axis += skipped;
      return;
    }
    if (has('new_axis_mask', index)) {
      result.push(1);
      return;
    }
    const size = shape[axis++] ?? op.fail(`${begin.length} ranges of [${shape}]`);
    const stride = strides[index] ?? 1;
    const limit = (value: number) =>
      Math.min(stride > 0 ? size : size - 1, Math.max(stride > 0 ? 0 : -1, value < 0 ? value + size : value));
    const start = has('begin_mask', index) ? (stride > 0 ? 0 : size - 1) : limit(from);
    if (has('shrink_axis_mask', index)) {
      const at = from < 0 ? from + size : from;
      op.check(at >= 0 && at < size, () => `index ${from} of dimension ${axis - 1} of [${shape}]`);
      return;
    }
    const isInside = has('begin_mask', index) || stride < 0 || (from >= -size && from <= size);
    op.check(isInside, () => `start ${from} of dimension ${axis - 1} of [${shape}]`);
    const given = (end[index] ?? 0) + (op.flag('offset') ? from : 0);
    const stop = has('end_mask', index) ? (stride > 0 ? size : -1) : limit(given);
    result.push(Math.max(0, Math.ceil((stop - start) / stride)));
  });
  return [...result, ...shape.slice(axis)];
}

export const gather: OpRule = op => {
  op.arity([2, 2], 1);
  const values = op.input(0);
  const indices = op.input(1);
  op.sameType(values, op.output(0));
  op.type(indices, ['int16', 'int32', 'int64'], 'indices');
  if (!values.shape || !indices.shape) return [undefined];
  const axis = op.axis(op.number('axis'), values.shape.length);
  const batch = op.number('batch_dims');
  const batches = batch < 0 ? batch + indices.shape.length : batch;
  const sharesBatch =
    batches >= 0 &&
    batches <= axis &&
    batches <= indices.shape.length &&
    indices.shape.slice(0, batches).every((size, at) => size === values.shape?.[at]);
  op.check(sharesBatch, () => `${batch} batch dimensions of [${values.shape}] and [${indices.shape}]`);
  const size = values.shape[axis] ?? 0;
  const outside = indices.ints?.find(index => index < 0 || index >= size);
  if (outside !== undefined) op.fail(`index ${outside} of dimension ${axis} of [${values.shape}]`);
  return [[...values.shape.slice(0, axis), ...indices.shape.slice(batches), ...values.shape.slice(axis + 1)]];
};

export const gatherNd: OpRule = op => {
  op.arity([2, 2], 1);
  const {shape} = op.input(0);
  const indices = op.input(1);
  op.sameType(op.input(0), op.output(0));
  op.type(indices, ['int16', 'int32', 'int64'], 'indices');
  if (!shape || !indices.shape) return [undefined];
  const depth = indices.shape.at(-1) ?? 0;
  op.check(
    indices.shape.length > 0 && depth <= shape.length && shape.length > 0,
    () => `[${indices.shape}] into [${shape}]`,
  );
  const outside = indices.ints?.findIndex((index, at) => index < 0 || index >= (shape[at % depth] ?? 0)) ?? -1;
  if (outside >= 0) op.fail(`index ${indices.ints?.[outside]} into [${shape}]`);
  return [[...indices.shape.slice(0, -1), ...shape.slice(depth)]];
};

/** Rows of a table by number. */
export const embeddingLookup: OpRule = op => {
  op.arity([2, 2], 1);
  const [ids, table] = [op.input(0), op.input(1)];
  op.type(ids, ['int32'], 'ids');
  if (!op.rank(ids, 1, 'ids') || !table.shape) return [undefined];
  op.check(table.shape.length >= 2, () => `table of [${table.shape}]`);
  const rows = table.shape[0] ?? 0;
  const outside = ids.ints?.find(id => id < 0 || id >= rows);
  if (outside !== undefined) op.fail(`id ${outside} of ${rows} rows`);
  return [[ids.shape[0] ?? 0, ...table.shape.slice(1)]];
};

/** Sum, mean, minimum …: the second input lists the axes. */
export const reduce: OpRule = op => {
  op.arity([2, 2], 1);
  const input = op.input(0);
  op.sameType(input, op.output(0));
  const axes = integerList(op, op.input(1), 'axes');
  const {shape} = input;
  if (!shape || !axes) return [undefined];
  op.check(axes.length <= 8, () => `${axes.length} axes`);
  const reduced = new Set(axes.map(axis => op.axis(axis, Math.max(1, shape.length))));
  if (['MEAN', 'REDUCE_MAX', 'REDUCE_MIN'].includes(op.operator.name)) {
    op.check(
      shape.every((size, axis) => size > 0 || !reduced.has(axis)),
      () => `nothing to reduce in [${shape}]`,
    );
  }
  if (op.flag('keep_dims')) return [shape.map((size, axis) => (reduced.has(axis) ? 1 : size))];
  return [shape.filter((_, axis) => !reduced.has(axis))];
};

export const argReduce: OpRule = op => {
  op.arity([2, 2], 1);
  op.type(op.output(0), ['int32', 'int64'], 'output');
  const {shape} = op.input(0);
  const axes = integerList(op, op.input(1), 'axis');
  if (!shape || !axes) return [undefined];
  op.check(axes.length === 1, () => `${axes.length} axes`);
  const axis = op.axis(axes[0] ?? 0, shape.length);
  op.check((shape[axis] ?? 0) > 0, () => `no elements along dimension ${axis} of [${shape}]`);
  return [shape.filter((_, at) => at !== axis)];
};

export const topK: OpRule = op => {
  op.arity([2, 2], 2);
  const {shape} = op.input(0);
  op.sameType(op.input(0), op.output(0));
  op.type(op.output(1), ['int32', 'int16'], 'indices');
  const counts = integerList(op, op.input(1), 'k');
  if (!shape || !counts) return [];
  const [count = -1] = counts;
  op.check(
    counts.length === 1 && shape.length > 0 && count >= 0 && count <= (shape.at(-1) ?? 0),
    () => `k ${counts} of [${shape}]`,
  );
  const result = [...shape.slice(0, -1), count];
  return [result, result];
};

/** Bilinear and nearest: the second input is height and width. */
export const resize: OpRule = op => {
  op.arity([2, 2], 1);
  const input = op.input(0);
  op.sameType(input, op.output(0));
  const size = integerList(op, op.input(1), 'size');
  if (size) op.check(size.length === 2 && size.every(side => side > 0), () => `size [${size}]`);
  op.check(
    !(op.flag('align_corners') && op.flag('half_pixel_centers')),
    () => 'aligned corners and half-pixel centres',
  );
  if (!op.rank(input, 4, 'input')) return [undefined];
  op.check(countOf(input.shape) > 0, () => `input of shape [${input.shape}]`);
  return [size && [input.shape[0] ?? 0, ...size, input.shape[3] ?? 0]];
};

/** Running sums along the axis that the second input names. */
export const cumsum: OpRule = op => {
  op.arity([2, 2], 1);
  const {shape} = op.input(0);
  op.sameType(op.input(0), op.output(0));
  const axes = integerList(op, op.input(1), 'axis');
  if (shape && axes) for (const axis of axes) op.axis(axis, shape.length);
  return [shape];
};

export const shapeOf: OpRule = op => {
  op.arity([1, 1], 1);
  op.type(op.output(0), ['int32', 'int64'], 'output');
  const {shape} = op.input(0);
  return [shape && [shape.length]];
};

/** The target shape comes as the first input. */
export const fill: OpRule = op => {
  op.arity([2, 2], 1);
  const dims = integerList(op, op.input(0), 'shape');
  op.sameType(op.input(1), op.output(0));
  if (dims) op.check(dims.length <= 8 && dims.every(size => size >= 0), () => `shape [${dims}]`);
  return [dims];
};
