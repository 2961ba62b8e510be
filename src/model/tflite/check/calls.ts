import {invalidModel} from '../../invalid.ts';
import type {TfliteFile, TfliteOperator} from '../file.ts';
import {operatorName} from './graph.ts';

interface Arity {
  readonly inputs: number;
  readonly outputs: number;
}
interface Call {
  /** Subgraph index. */
  readonly target: number;
  /** How many inputs and outputs the called subgraph must have; undefined: not fixed by the operator. */
  readonly arity: Arity | undefined;
}

function callsOf(operator: TfliteOperator): readonly Call[] {
  const {options = {}, inputs, outputs} = operator;
  const same: Arity = {inputs: inputs.length, outputs: outputs.length};
  const target = (key: string) => (typeof options[key] === 'number' ? options[key] : -1);
  switch (operator.optionsName) {
    case 'If': {
      const arity = {inputs: inputs.length - 1, outputs: outputs.length};
      return ['then_subgraph_index', 'else_subgraph_index'].map(key => ({target: target(key), arity}));
    }
    case 'While':
    case 'StablehloWhile':
      return [
        {target: target('cond_subgraph_index'), arity: {inputs: inputs.length, outputs: 1}},
        {target: target('body_subgraph_index'), arity: {inputs: inputs.length, outputs: inputs.length}},
      ];
    case 'CallOnce':
      return [{target: target('init_subgraph_index'), arity: {inputs: 0, outputs: 0}}];
    case 'Call':
      return [{target: target('subgraph'), arity: same}];
    case 'StableHLOComposite':
      return [{target: target('decomposition_subgraph_index'), arity: same}];
    case 'StablehloReduce':
    case 'StablehloReduceWindow':
      return [{target: target('body_subgraph_index'), arity: undefined}];
    case 'StablehloScatter':
      return [{target: target('update_computation_subgraph_index'), arity: undefined}];
    case 'StablehloSort':
      return [{target: target('comparator_subgraph_index'), arity: undefined}];
    default:
      return [];
  }
}

/** Control-flow operators and the options they cannot do without. */
const optionsByOperator: Readonly<Record<string, string>> = {
  IF: 'If',
  WHILE: 'While',
  CALL_ONCE: 'CallOnce',
  CALL: 'Call',
  STABLEHLO_WHILE: 'StablehloWhile',
  STABLEHLO_COMPOSITE: 'StableHLOComposite',
  STABLEHLO_REDUCE: 'StablehloReduce',
  STABLEHLO_REDUCE_WINDOW: 'StablehloReduceWindow',
  STABLEHLO_SCATTER: 'StablehloScatter',
  STABLEHLO_SORT: 'StablehloSort',
};

/**
 * Checks control flow: called subgraphs exist, take and give as many tensors as the operator, and never call themselves.
 *
 * @throws {ModelInvalidError}
 */
export function checkCalls(file: TfliteFile): void {
  const callees = file.subgraphs.map(subgraph =>
    subgraph.operators.flatMap(operator => {
      const where = operatorName(subgraph, operator);
      const needed = optionsByOperator[operator.name];
      if (needed !== undefined && operator.optionsName !== needed)
        throw invalidModel(where, `has no ${needed} options`);
      if (needed === undefined) return [];
      return callsOf(operator).map(call => checkCall(file, call, where));
    }),
  );
  const state: ('open' | 'done' | undefined)[] = [];
  const visit = (index: number) => {
    if (state[index] === 'open') throw invalidModel(`tflite: subgraph ${index}`, 'calls itself');
    if (state[index] === 'done') return;
    state[index] = 'open';
    for (const callee of callees[index] ?? []) visit(callee);
    state[index] = 'done';
  };
  for (let index = 0; index < callees.length; index++) visit(index);
}

function checkCall(file: TfliteFile, {target, arity}: Call, where: string): number {
  const callee = file.subgraphs[target];
  if (!callee) throw invalidModel(where, `calls subgraph ${target}, the file has ${file.subgraphs.length}`);
  if (arity && (callee.inputs.length !== arity.inputs || callee.outputs.length !== arity.outputs)) {
    throw invalidModel(
      where,
      `passes ${arity.inputs} and takes ${arity.outputs} tensors, subgraph ${target} has ${callee.inputs.length} and ${callee.outputs.length}`,
    );
  }
  return target;
}
