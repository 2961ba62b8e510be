import type {Operand, OpFacts, OpRule, Shape} from './facts.ts';

/** Positions of an LSTM's inputs. */
const lstmInputs = 24;
const inputToGate = {input: 1, forget: 2, cell: 3, output: 4};
const recurrentToGate = {input: 5, forget: 6, cell: 7, output: 8};
const gateBias = {input: 12, forget: 13, cell: 14, output: 15};
const peepholes = [9, 10, 11];
const projection = 16;
const projectionBias = 17;
const hiddenState = 18;
const cellState = 19;
const normalizations = [20, 21, 22, 23];

function expectShape(op: OpFacts, position: number, expected: Shape): void {
  const operand = op.optional(position);
  if (!operand?.shape) return;
  if (`${operand.shape}` !== `${expected}`)
    op.fail(`input ${position} has shape [${operand.shape}], expected [${expected}]`);
}

/** A state tensor: kept between runs, with as many elements as the cell has. */
function expectState(op: OpFacts, position: number, count: number): Operand {
  const state = op.input(position);
  op.check(state.tensor.isVariable, () => `state ${position} is not a variable tensor`);
  const size = (state.tensor.shape ?? []).reduce((total, each) => total * each, 1);
  op.check(size === count, () => `state ${position} has shape [${state.tensor.shape}], expected ${count} elements`);
  return state;
}

/** LSTM over a sequence `[batch, time, features]` (or time first) or over one step `[batch, features]`. */
export const lstm: OpRule = op => {
  const {inputs, outputs} = op.operator;
  if (op.number('kernel_type') === 1) return [];
  op.check(
    (inputs.length === 20 || inputs.length === lstmInputs) && outputs.length === 1,
    () => `${inputs.length} inputs`,
  );
  const input = op.input(0);
  const isSequence = op.operator.name !== 'LSTM';
  op.type(input, ['float32', 'int8', 'int16', 'uint8'], 'input');
  if (!op.rank(input, isSequence ? 3 : 2, 'input')) return [undefined];
  const cells = op.input(inputToGate.output).shape?.[0] ?? op.fail('output gate weights of unknown shape');
  const outputSize = op.input(recurrentToGate.output).shape?.[1] ?? op.fail('recurrent weights of unknown shape');
  const features = input.shape.at(-1) ?? 0;
  const batch = input.shape[isSequence && op.flag('time_major') ? 1 : 0] ?? 0;
  op.check(
    cells > 0 && outputSize > 0 && features > 0,
    () => `${features} features, ${cells} cells, ${outputSize} outputs`,
  );
  checkGates(op, {cells, outputSize, features});
  expectState(op, hiddenState, batch * outputSize);
  expectState(op, cellState, batch * cells);
  return [[...input.shape.slice(0, -1), outputSize]];
};

function checkGates(
  op: OpFacts,
  {cells, outputSize, features}: Record<'cells' | 'outputSize' | 'features', number>,
): void {
  for (const gate of ['forget', 'cell', 'output'] as const) {
    op.input(inputToGate[gate]);
    op.input(recurrentToGate[gate]);
    op.input(gateBias[gate]);
  }
  const hasInputGate = op.optional(inputToGate.input) !== undefined;
  op.check(
    hasInputGate === (op.optional(recurrentToGate.input) !== undefined) &&
      hasInputGate === (op.optional(gateBias.input) !== undefined),
    () => 'parts of the input gate are missing',
  );
  const diagonal = op.flag('diagonal_recurrent_tensors');
  for (const position of Object.values(inputToGate)) expectShape(op, position, [cells, features]);
  if (!diagonal) for (const position of Object.values(recurrentToGate)) expectShape(op, position, [cells, outputSize]);
  for (const position of [...Object.values(gateBias), ...peepholes, ...normalizations])
    expectShape(op, position, [cells]);
  expectShape(op, projection, [outputSize, cells]);
  expectShape(op, projectionBias, [outputSize]);
  if (!op.optional(projection))
    op.check(cells === outputSize, () => `${cells} cells give ${outputSize} outputs without projection`);
}

/** Rank-decomposed filter over time: input `[batch, features]`, state of the last `memory` steps. */
export const svdf: OpRule = op => {
  op.arity([5, 5], 1);
  op.options('SVDF');
  const rank = op.number('rank');
  op.check(rank > 0, () => `rank ${rank}`);
  const [input, feature, time] = [op.input(0), op.input(1), op.input(2)];
  for (const operand of [input, op.output(0)]) op.scaled(operand, 'operand');
  if (!op.rank(feature, 2, 'feature weights') || !op.rank(time, 2, 'time weights')) return [undefined];
  const [filters = 0, features = 0] = feature.shape;
  const memory = time.shape[1] ?? 0;
  op.check(
    filters > 0 && memory > 0 && filters % rank === 0 && time.shape[0] === filters,
    () => `weights [${feature.shape}] and [${time.shape}] of rank ${rank}`,
  );
  const units = filters / rank;
  expectShape(op, 3, [units]);
  if (!op.rank(input, 2, 'input')) return [undefined];
  op.check(input.shape[1] === features, () => `input [${input.shape}] and weights [${feature.shape}]`);
  expectState(op, 4, (input.shape[0] ?? 0) * memory * filters);
  return [[input.shape[0] ?? 0, units]];
};
