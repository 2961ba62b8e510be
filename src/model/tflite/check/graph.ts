import {invalidModel} from '../../invalid.ts';
import type {TfliteOperator, TfliteSubgraph} from '../file.ts';
import {safeElementCount, tensorName} from './tensors.ts';

/** How messages name an operator. */
export function operatorName(subgraph: TfliteSubgraph, operator: TfliteOperator): string {
  return `tflite: subgraph ${subgraph.index} operator ${operator.index} ${operator.name}`;
}

/**
 * Checks that every operator reads what exists by then (constants, inputs, variables, earlier outputs) and writes only
 * tensors of its own.
 *
 * @throws {ModelInvalidError}
 */
export function checkGraph(subgraph: TfliteSubgraph): void {
  const {tensors, operators, inputs, outputs} = subgraph;
  const where = `tflite: subgraph ${subgraph.index}`;
  checkIndices(inputs, tensors.length, `${where} inputs`);
  checkIndices(outputs, tensors.length, `${where} outputs`);
  if (new Set(inputs).size !== inputs.length) throw invalidModel(where, `lists an input twice: [${inputs}]`);
  const ready = tensors.map(
    tensor => tensor.constant !== undefined || tensor.isVariable || safeElementCount(tensor.shape) === 0,
  );
  for (const input of inputs) {
    const tensor = tensors[input];
    if (tensor?.constant) throw invalidModel(tensorName(subgraph, tensor), 'a graph input has constant contents');
    ready[input] = true;
  }
  const written = new Set<number>(inputs);
  for (const operator of operators) checkOperator(subgraph, operator, ready, written);
  for (const output of outputs) {
    const tensor = tensors[output];
    if (tensor && !ready[output])
      throw invalidModel(tensorName(subgraph, tensor), 'a graph output that nothing computes');
  }
}

function checkOperator(
  subgraph: TfliteSubgraph,
  operator: TfliteOperator,
  ready: boolean[],
  written: Set<number>,
): void {
  const {tensors} = subgraph;
  const where = operatorName(subgraph, operator);
  checkIndices(operator.inputs, tensors.length, `${where} inputs`, -1);
  checkIndices(operator.outputs, tensors.length, `${where} outputs`);
  checkIndices(operator.intermediates, tensors.length, `${where} intermediates`);
  for (const input of operator.inputs) {
    const tensor = tensors[input];
    if (tensor && !ready[input]) throw invalidModel(where, `reads tensor ${input}, which nothing has computed yet`);
  }
  for (const output of operator.outputs) {
    const tensor = tensors[output];
    if (tensor?.constant) throw invalidModel(where, `writes to tensor ${output}, which is constant`);
    if (tensor?.isVariable) throw invalidModel(where, `lists the variable tensor ${output} as its output`);
    if (written.has(output)) throw invalidModel(where, `writes to tensor ${output}, which is written elsewhere`);
    written.add(output);
    ready[output] = true;
  }
}

function checkIndices(indices: readonly number[], count: number, where: string, lowest = 0): void {
  const outside = indices.find(index => index < lowest || index >= count);
  if (outside !== undefined) throw invalidModel(where, `name tensor ${outside}, there are ${count}`);
}
