import type {TfliteType} from '../../tensor-types.ts';
import type {Operand, OpFacts, OpRule, Shape} from './facts.ts';
import {checkBias, checkWindow, samePadding, windowCount} from './shapes.ts';

/** Types of filter and bias by type of input. */
const companions: Readonly<Partial<Record<TfliteType, {filter: readonly TfliteType[]; bias: readonly TfliteType[]}>>> =
  {
    float32: {filter: ['float32', 'float16', 'int8', 'uint8', 'int4'], bias: ['float32', 'float16']},
    float16: {filter: ['float16', 'float32'], bias: ['float16', 'float32']},
    int8: {filter: ['int8', 'int4'], bias: ['int32']},
    uint8: {filter: ['uint8'], bias: ['int32']},
    int16: {filter: ['int8'], bias: ['int64', 'int32']},
  };

/** Types and scales of input, filter, bias and output; per-axis scales run along `axis` of the filter. */
function checkTypes(
  op: OpFacts,
  parts: {input: Operand; filter: Operand; bias: Operand | undefined; axis: number},
): void {
  const {input, filter, bias, axis} = parts;
  const allowed = companions[input.type] ?? op.fail(`input of type ${input.type}`);
  op.type(filter, allowed.filter, 'filter');
  if (bias) op.type(bias, allowed.bias, 'bias');
  op.sameType(input, op.output(0));
  op.scaled(input, 'input');
  op.scaled(op.output(0), 'output');
  if (filter.type === 'float32' || filter.type === 'float16') return;
  const {scales = [], dimension = 0} = filter.tensor.quantization ?? {};
  op.check(scales.length > 0, () => `filter of ${filter.type} has no scale`);
  op.check(
    scales.length === 1 || dimension === axis,
    () => `filter scales along dimension ${dimension}, expected ${axis}`,
  );
}

/** Height and width of the output of a convolution or pooling. */
export function slide(op: OpFacts, input: Shape, filter: readonly [height: number, width: number]): [number, number] {
  const padding = op.number('padding');
  const along = (axis: 'h' | 'w', size: number, extent: number) =>
    windowCount(op, {
      size,
      filter: extent,
      stride: op.number(`stride_${axis}`),
      dilation: op.number(`dilation_${axis}_factor`) || 1,
      padding,
    });
  return [along('h', input[1] ?? 0, filter[0]), along('w', input[2] ?? 0, filter[1])];
}

/** Filters `[M, H, W, C]` over `[N, H, W, groups × C]`. */
export const conv2d: OpRule = op => {
  op.arity([2, 3], 1);
  op.options('Conv2D');
  checkWindow(op);
  const input = op.input(0);
  const filter = op.input(1);
  checkTypes(op, {input, filter, bias: op.optional(2), axis: 0});
  if (!op.rank(filter, 4, 'filter')) return [undefined];
  const [count = 0, height = 0, width = 0, channels = 0] = filter.shape;
  op.check(count > 0 && height > 0 && width > 0 && channels > 0, () => `filter of shape [${filter.shape}]`);
  checkBias(op, 2, count);
  if (!op.rank(input, 4, 'input')) return [undefined];
  const depth = input.shape[3] ?? 0;
  const groups = depth / channels;
  op.check(
    Number.isInteger(groups) && groups > 0 && count % groups === 0,
    () => `filter of shape [${filter.shape}] over ${depth} channels`,
  );
  return [[input.shape[0] ?? 0, ...slide(op, input.shape, [height, width]), count]];
};

/** Filters `[1, H, W, multiplier × C]` over `[N, H, W, C]`. */
export const depthwiseConv2d: OpRule = op => {
  op.arity([2, 3], 1);
  op.options('DepthwiseConv2D');
  checkWindow(op);
  const input = op.input(0);
  const filter = op.input(1);
  checkTypes(op, {input, filter, bias: op.optional(2), axis: 3});
  if (!op.rank(filter, 4, 'filter')) return [undefined];
  const [one, height = 0, width = 0, count = 0] = filter.shape;
  op.check(one === 1 && height > 0 && width > 0 && count > 0, () => `filter of shape [${filter.shape}]`);
  checkBias(op, 2, count);
  if (!op.rank(input, 4, 'input')) return [undefined];
  const depth = input.shape[3] ?? 0;
  // The option depth_multiplier repeats what the shapes say; kernels since TensorFlow 2.0 ignore it.
  op.check(depth > 0 && count % depth === 0, () => `filter of shape [${filter.shape}] over ${depth} channels`);
  return [[input.shape[0] ?? 0, ...slide(op, input.shape, [height, width]), count]];
};

/** Output shape, filters `[M, H, W, C]`, input `[N, H, W, C]`, bias. */
export const transposeConv: OpRule = op => {
  op.arity([3, 4], 1);
  op.options('TransposeConv');
  checkWindow(op);
  const target = op.input(0);
  const filter = op.input(1);
  const input = op.input(2);
  op.type(target, ['int32'], 'output shape');
  checkTypes(op, {input, filter, bias: op.optional(3), axis: 0});
  if (!op.rank(filter, 4, 'filter')) return [undefined];
  const [count = 0, height = 0, width = 0, channels = 0] = filter.shape;
  op.check(count > 0 && height > 0 && width > 0 && channels > 0, () => `filter of shape [${filter.shape}]`);
  checkBias(op, 3, count);
  const output = target.ints;
  if (output) op.check(output.length === 4 && output.every(size => size > 0), () => `output shape [${output}]`);
  if (!op.rank(input, 4, 'input') || !output) return [output];
  const [batch = 0, rows = 0, columns = 0, depth] = input.shape;
  const [outBatch, outRows = 0, outColumns = 0, outDepth] = output;
  op.check(
    depth === channels && outDepth === count && outBatch === batch,
    () => `input [${input.shape}] and filter [${filter.shape}] cannot give [${output}]`,
  );
  checkUpsampling(op, {size: rows, output: outRows, filter: height, stride: op.number('stride_h')});
  checkUpsampling(op, {size: columns, output: outColumns, filter: width, stride: op.number('stride_w')});
  return [output];
};

/** The output is one that a forward convolution would turn into the input. */
function checkUpsampling(
  op: OpFacts,
  {size, output, filter, stride}: Record<'size' | 'output' | 'filter' | 'stride', number>,
): void {
  const isSame = op.number('padding') === samePadding;
  const forward = isSame ? Math.ceil(output / stride) : Math.ceil((output - filter + 1) / stride);
  op.check(
    forward === size,
    () => `${size} inputs with filter ${filter} and stride ${stride} cannot give ${output} outputs`,
  );
}

/** Average, max and L2 pooling. */
export const pool2d: OpRule = op => {
  op.arity([1, 1], 1);
  op.options('Pool2D');
  checkWindow(op);
  const input = op.input(0);
  op.sameType(input, op.output(0));
  op.scaled(input, 'input');
  op.scaled(op.output(0), 'output');
  const height = op.number('filter_height');
  const width = op.number('filter_width');
  op.check(height > 0 && width > 0, () => `filter of ${height}×${width}`);
  if (!op.rank(input, 4, 'input')) return [undefined];
  const [batch = 0, , , depth = 0] = input.shape;
  return [[batch, ...slide(op, input.shape, [height, width]), depth]];
};
