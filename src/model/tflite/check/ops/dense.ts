import type {TfliteType} from '../../tensor-types.ts';
import type {OpRule} from './facts.ts';
import {broadcast, checkActivation, checkBias, countOf} from './shapes.ts';

const weightTypes: Readonly<Partial<Record<TfliteType, readonly TfliteType[]>>> = {
  float32: ['float32', 'float16', 'int8', 'uint8', 'int4'],
  float16: ['float16', 'float32'],
  int8: ['int8', 'int4'],
  uint8: ['uint8'],
  int16: ['int8', 'int16', 'int4'],
};
const biasTypes: Readonly<Partial<Record<TfliteType, readonly TfliteType[]>>> = {
  float32: ['float32', 'float16'],
  float16: ['float16', 'float32'],
  int8: ['int32'],
  uint8: ['int32'],
  int16: ['int64', 'int32'],
};

/** Weights `[units, depth]`; the input's elements in rows of `depth`. */
export const fullyConnected: OpRule = op => {
  const {inputs, outputs} = op.operator;
  op.check(
    inputs.length >= 2 && inputs.length <= 3 && outputs.length >= 1 && outputs.length <= 2,
    () => 'wrong operands',
  );
  op.options('FullyConnected');
  checkActivation(op);
  const [input, weights, bias] = [op.input(0), op.input(1), op.optional(2)];
  op.type(weights, weightTypes[input.type] ?? [], 'weights');
  if (bias) op.type(bias, biasTypes[input.type] ?? [], 'bias');
  op.scaled(input, 'input');
  op.scaled(op.output(0), 'output');
  const {scales = []} = weights.tensor.quantization ?? {};
  op.check(weights.type.startsWith('float') || scales.length > 0, () => `weights of ${weights.type} have no scale`);
  const format = op.number('weights_format');
  op.check(format === 0 || (format === 1 && weights.type === 'uint8'), () => `weights format ${format}`);
  if (!op.rank(weights, 2, 'weights')) return [];
  const [units = 0, depth = 0] = weights.shape;
  op.check(units > 0 && depth > 0, () => `weights of shape [${weights.shape}]`);
  checkBias(op, 2, units);
  if (!input.shape) return [];
  const rows = countOf(input.shape) / depth;
  op.check(
    Number.isInteger(rows) && input.shape.length > 0,
    () => `input [${input.shape}] and weights [${weights.shape}]`,
  );
  if (!op.flag('keep_num_dims')) return [[rows, units]];
  op.check(input.shape.at(-1) === depth, () => `input [${input.shape}] and weights [${weights.shape}]`);
  return [[...input.shape.slice(0, -1), units]];
};

export const batchMatmul: OpRule = op => {
  op.arity([2, 2], 1);
  const [a, b] = [op.input(0), op.input(1)];
  for (const operand of [a, b, op.output(0)]) op.scaled(operand, 'operand');
  op.check(a.type === b.type || (a.type === 'float32' && b.type === 'int8'), () => `mixes ${a.type} and ${b.type}`);
  if (!a.shape || !b.shape) return [undefined];
  op.check(a.shape.length >= 2 && b.shape.length >= 2, () => `shapes [${a.shape}] and [${b.shape}]`);
  const [left, right] = [a.shape.slice(-2), b.shape.slice(-2)];
  const [rows = 0, inner] = op.flag('adj_x') ? left.toReversed() : left;
  const [innerToo, columns = 0] = op.flag('adj_y') ? right.toReversed() : right;
  op.check(inner === innerToo, () => `shapes [${a.shape}] and [${b.shape}] have no common inner dimension`);
  const batch = broadcast(op, a.shape.slice(0, -2), b.shape.slice(0, -2)) ?? [];
  return [[...batch, rows, columns]];
};

export const softmax: OpRule = op => {
  op.arity([1, 1], 1);
  const input = op.input(0);
  op.type(input, ['float32', 'uint8', 'int8', 'int16'], 'input');
  op.scaled(input, 'input');
  op.scaled(op.output(0), 'output');
  const beta = op.number('beta');
  op.check(Number.isFinite(beta) && beta >= 0, () => `beta ${beta}`);
  if (input.shape)
    op.check(input.shape.length > 0 && countOf(input.shape) > 0, () => `input of shape [${input.shape}]`);
  return [input.shape];
};
