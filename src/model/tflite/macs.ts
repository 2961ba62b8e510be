import type {TfliteOperator, TfliteSubgraph} from './file.ts';

type Shape = readonly number[];
type Shapes = readonly (Shape | undefined)[];
type Count = (inputs: Shapes, outputs: Shapes, options: TfliteOperator['options']) => number;

const product = (shape: Shape | undefined): number => (shape ?? []).reduce((total, size) => total * size, 1);
const rows = (shape: Shape | undefined): number => product(shape?.slice(0, -1));
const last = (shape: Shape | undefined): number => shape?.at(-1) ?? 0;

/** Weights of a convolution's filter that one output element reads: all but the output channels. */
const convolution: Count = ([, filter], [output]) => product(output) * product(filter?.slice(1));

/** Sequence LSTM: four gates, each input→cell and recurrent, per step; projection where there is one. */
const sequenceLstm: Count = inputs => {
  const steps = rows(inputs[0]);
  return (
    steps *
    [1, 2, 3, 4, 5, 6, 7, 8, 16].reduce((total, index) => total + (inputs[index] ? product(inputs[index]) : 0), 0)
  );
};

const counts: Readonly<Record<string, Count>> = {
  CONV_2D: convolution,
  DEPTHWISE_CONV_2D: ([, filter], [output]) => product(output) * product(filter?.slice(1, 3)),
  // Every input element meets every weight of its channel once.
  TRANSPOSE_CONV: ([, filter, input]) => product(input?.slice(0, 3)) * product(filter),
  Convolution2DTransposeBias: ([input, filter]) => product(input?.slice(0, 3)) * product(filter),
  CONV_3D: ([, filter], [output]) => product(output) * product(filter?.slice(0, 4)),
  CONV_3D_TRANSPOSE: ([, filter, input]) => product(input?.slice(0, 4)) * product(filter),
  FULLY_CONNECTED: ([input, weights]) =>
    (last(weights) > 0 ? Math.ceil(product(input) / last(weights)) : 0) * product(weights),
  BATCH_MATMUL: ([left], [output], options) => product(output) * ((options?.adj_x ? left?.at(-2) : left?.at(-1)) ?? 0),
  UNIDIRECTIONAL_SEQUENCE_LSTM: sequenceLstm,
  LSTM: sequenceLstm,
  UNIDIRECTIONAL_SEQUENCE_RNN: inputs => rows(inputs[0]) * (product(inputs[1]) + product(inputs[2])),
  RNN: inputs => rows(inputs[0]) * (product(inputs[1]) + product(inputs[2])),
  BIDIRECTIONAL_SEQUENCE_LSTM: inputs =>
    rows(inputs[0]) *
    inputs.slice(1, 35).reduce((total, shape) => total + (shape && shape.length === 2 ? product(shape) : 0), 0),
  SVDF: ([input, feature, time]) => (input?.[0] ?? 1) * (product(feature) + product(time)),
};

/** Multiply-accumulates of one run of a subgraph at its declared shapes; 0 for operators that move or add only. */
export function countMacs(subgraph: TfliteSubgraph): number {
  return subgraph.operators.reduce((total, operator) => total + operatorMacs(subgraph, operator), 0);
}

function operatorMacs(subgraph: TfliteSubgraph, operator: TfliteOperator): number {
  const shapes = (indices: readonly number[]) => indices.map(index => subgraph.tensors[index]?.shape);
  return counts[operator.name]?.(shapes(operator.inputs), shapes(operator.outputs), operator.options) ?? 0;
}
