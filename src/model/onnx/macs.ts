import type {OnnxGraph, OnnxNode} from './schema.ts';
import {inferShapes, type KnownValues} from './shapes/infer.ts';

type Shape = readonly number[] | undefined;

/** Dynamic dimensions count as 1. */
const product = (shape: Shape): number => (shape ?? []).reduce((total, size) => total * Math.max(1, size), 1);
const at = (shape: Shape, axis: number): number => Math.max(1, shape?.at(axis) ?? 1);

type Count = (inputs: readonly Shape[], output: Shape, node: OnnxNode) => number;

/** Steps × batch × all weights. */
const recurrent: Count = ([input, weights, recurrence]) =>
  at(input, 0) * at(input, 1) * (product(weights) + product(recurrence));

const counts: Readonly<Record<string, Count>> = {
  Conv: ([, filter], output) => product(output) * product(filter?.slice(1)),
  ConvInteger: ([, filter], output) => product(output) * product(filter?.slice(1)),
  QLinearConv: ([, , , filter], output) => product(output) * product(filter?.slice(1)),
  // Every input element meets the weights of its own channel once.
  ConvTranspose: ([input, filter]) => product(input) * product(filter?.slice(1)),
  Gemm: ([left], output, {attributes}) => {
    const isTransposed = attributes.find(({name}) => name === 'transA')?.i === 1;
    return product(output) * at(left, isTransposed ? 0 : 1);
  },
  MatMul: ([left], output) => product(output) * at(left, -1),
  MatMulInteger: ([left], output) => product(output) * at(left, -1),
  QLinearMatMul: ([left], output) => product(output) * at(left, -1),
  LSTM: recurrent,
  GRU: recurrent,
  RNN: recurrent,
};

/** Multiply-accumulates of one run; of branches the larger counts, of loops one round. */
export function countMacs(graph: OnnxGraph, outer?: KnownValues): number {
  const known = inferShapes(graph, outer);
  const shapeOf = (name: string | undefined) => known.get(name ?? '')?.shape;
  let total = 0;
  for (const node of graph.nodes) {
    const count = Object.hasOwn(counts, node.opType) ? counts[node.opType] : undefined;
    total += count?.(node.inputs.map(shapeOf), shapeOf(node.outputs[0]), node) ?? 0;
    const bodies = node.attributes.flatMap(({g, graphs}) => (g ? [g, ...graphs] : graphs));
    total += bodies.reduce((most, body) => Math.max(most, countMacs(body, known)), 0);
  }
  return total;
}
