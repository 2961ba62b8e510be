import type {TfliteType} from '../../tensor-types.ts';
import type {OpFacts, OpRule} from './facts.ts';
import {broadcast, checkActivation} from './shapes.ts';

/** One input, one output of the same shape; with `typed` also of the same type. */
export function unary({typed = true, scaled = true} = {}): OpRule {
  return op => {
    op.arity([1, 1], 1);
    const input = op.input(0);
    if (typed) op.sameType(input, op.output(0));
    if (scaled) {
      op.scaled(input, 'input');
      op.scaled(op.output(0), 'output');
    }
    return [input.shape];
  };
}

/** Two inputs of one type broadcast together. */
export function binary({output, scaled = true}: {output?: TfliteType; scaled?: boolean} = {}): OpRule {
  return op => {
    op.arity([2, 2], 1);
    checkActivation(op);
    const [a, b] = [op.input(0), op.input(1)];
    op.sameType(a, b);
    const result = op.output(0);
    if (output) op.type(result, [output], 'output');
    else op.sameType(a, result);
    if (scaled) for (const operand of output ? [a, b] : [a, b, result]) op.scaled(operand, 'operand');
    return [broadcast(op, a.shape, b.shape)];
  };
}

const plainBinary = binary();

/** Sums and differences: quantized kernels bring both inputs to twice the larger scale, shifted left by 20 (16-bit: 15) bits. */
export const sum: OpRule = op => {
  const result = plainBinary(op);
  const [a, b, out] = [op.input(0), op.input(1), op.output(0)].map(operand => op.scaled(operand, 'operand'));
  if (a !== undefined && b !== undefined && out !== undefined) {
    const shifted = 2 ** (op.output(0).type === 'int16' ? 15 : 20);
    op.check((2 * Math.max(a, b)) / shifted < out, () => `scales ${a} and ${b} are too large for the output's ${out}`);
  }
  return result;
};

/** Condition, then two values of one type. */
export const select: OpRule = op => {
  op.arity([3, 3], 1);
  const [condition, a, b] = [op.input(0), op.input(1), op.input(2)];
  op.type(condition, ['bool'], 'condition');
  op.sameType(a, b, op.output(0));
  if (op.operator.name === 'SELECT_V2') return [broadcast(op, broadcast(op, condition.shape, a.shape), b.shape)];
  if (a.shape && b.shape) op.check(`${a.shape}` === `${b.shape}`, () => `shapes [${a.shape}] and [${b.shape}] differ`);
  return [a.shape];
};

/** Slopes for negative numbers, broadcast over the input. */
export const prelu: OpRule = op => {
  op.arity([2, 2], 1);
  const [input, alpha] = [op.input(0), op.input(1)];
  op.sameType(input, alpha, op.output(0));
  for (const operand of [input, alpha, op.output(0)]) op.scaled(operand, 'operand');
  const shape = broadcast(op, input.shape, alpha.shape);
  if (shape && input.shape)
    op.check(`${shape}` === `${input.shape}`, () => `slopes of [${alpha.shape}] for [${input.shape}]`);
  return [input.shape];
};

/** Any number of inputs of one shape and type. */
export const addN: OpRule = op => {
  const inputs = op.inputs;
  op.sameType(...inputs, op.output(0));
  const [first, ...others] = inputs.map(({shape}) => shape);
  const other = others.find(shape => shape && first && `${shape}` !== `${first}`);
  if (other) op.fail(`adds shapes [${first}] and [${other}]`);
  op.check(inputs.length > 0, () => 'adds nothing');
  return [first];
};

/** Types that are not numbers. */
const opaque: ReadonlySet<TfliteType> = new Set(['string', 'resource', 'variant']);

/** Changes the type only. */
export const convert: OpRule = op => {
  op.arity([1, 1], 1);
  const input = op.input(0);
  op.check(!opaque.has(input.type) && !opaque.has(op.output(0).type), () => `${input.type} to ${op.output(0).type}`);
  return [input.shape];
};

/** To a quantized type: the output, and the input where it is quantized too, have scales. */
export const quantize: OpRule = op => {
  op.arity([1, 1], 1);
  const [input, output] = [op.input(0), op.output(0)];
  op.type(input, ['float32', 'int8', 'uint8', 'int16', 'int32'], 'input');
  op.type(output, ['int8', 'uint8', 'int16', 'int32', 'int4'], 'output');
  if (input.type !== 'float32') op.scaled(input, 'input');
  const {scales = []} = output.tensor.quantization ?? {};
  op.check(scales.length > 0 && scales.every(scale => scale > 0), () => 'the output has no positive scale');
  return [input.shape];
};

/** XNNPACK unpacks constants by the shape that the file declares for the output. */
function checkUnpacked(op: OpFacts): void {
  const {tensor, shape} = op.input(0);
  const declared = op.output(0).tensor.shape;
  if (!tensor.constant) return;
  op.check(`${declared}` === `${shape}`, () => `unpacks a constant of [${shape}] into [${declared}]`);
}

export const dequantize: OpRule = op => {
  op.arity([1, 1], 1);
  checkUnpacked(op);
  const [input, output] = [op.input(0), op.output(0)];
  op.type(input, ['int2', 'int4', 'uint4', 'int8', 'uint8', 'int16', 'int32', 'float16', 'bfloat16'], 'input');
  op.type(output, ['float32'], 'output');
  const {scales = []} = input.tensor.quantization ?? {};
  op.check(input.type === 'float16' || scales.length > 0, () => 'the input has no scale');
  return [input.shape];
};

/** Sparse to dense. */
export const densify: OpRule = op => {
  op.arity([1, 1], 1);
  op.sameType(op.input(0), op.output(0));
  checkUnpacked(op);
  return [op.input(0).shape];
};
