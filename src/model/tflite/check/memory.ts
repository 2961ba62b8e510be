import {invalidModel} from '../../invalid.ts';
import type {TfliteSubgraph} from '../file.ts';
import {tfliteByteSize} from '../tensor-types.ts';
import {maxLiveBytes} from './limits.ts';
import type {Shape} from './ops/facts.ts';
import {safeElementCount} from './tensors.ts';

/**
 * Sums what is alive at each operator: from where a tensor is made to where it is last read.
 *
 * @param shapes as computed by `checkShapes`
 * @throws {ModelInvalidError} more than any device could hold
 */
export function checkLiveBytes(subgraph: TfliteSubgraph, shapes: readonly (Shape | undefined)[]): void {
  const {tensors, operators} = subgraph;
  const change = new Array<number>(operators.length + 2).fill(0);
  const {first, last} = lifetimes(subgraph);
  for (const tensor of tensors) {
    const from = first[tensor.index];
    if (tensor.constant || from === undefined) continue;
    const bytes = tfliteByteSize(tensor.type, safeElementCount(shapes[tensor.index] ?? tensor.shape) ?? 0) ?? 0;
    const to = (last[tensor.index] ?? from) + 1;
    change[from] = (change[from] ?? 0) + bytes;
    change[to] = (change[to] ?? 0) - bytes;
  }
  let live = 0;
  for (const step of change) {
    live += step;
    if (live > maxLiveBytes) {
      throw invalidModel(`tflite: subgraph ${subgraph.index}`, `needs more than ${maxLiveBytes} bytes for its tensors`);
    }
  }
}

function lifetimes(subgraph: TfliteSubgraph): {first: (number | undefined)[]; last: (number | undefined)[]} {
  const first: (number | undefined)[] = [];
  const last: (number | undefined)[] = [];
  const touch = (index: number, step: number) => {
    if (index < 0) return;
    first[index] ??= step;
    last[index] = step;
  };
  const end = subgraph.operators.length;
  for (const index of subgraph.inputs) touch(index, 0);
  for (const tensor of subgraph.tensors) if (tensor.isVariable) touch(tensor.index, 0);
  subgraph.operators.forEach((operator, step) => {
    for (const index of [...operator.inputs, ...operator.outputs, ...operator.intermediates]) touch(index, step);
  });
  for (const index of subgraph.outputs) touch(index, end);
  for (const tensor of subgraph.tensors) if (tensor.isVariable) touch(tensor.index, end);
  return {first, last};
}
