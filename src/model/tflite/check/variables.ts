import {invalidModel, printable} from '../../invalid.ts';
import type {TfliteFile, TfliteOperator, TfliteSubgraph} from '../file.ts';
import {operatorName} from './graph.ts';
import type {Shape} from './ops/facts.ts';

/** Shapes of one subgraph's tensors, as computed by `checkShapes`. */
export type SubgraphShapes = readonly (Shape | undefined)[];

/**
 * Checks that all reads and writes of one resource variable speak of the same shape and type: kernels copy without asking.
 *
 * @param shapes by subgraph
 * @throws {ModelInvalidError}
 */
export function checkVariables(file: TfliteFile, shapes: readonly SubgraphShapes[]): void {
  const kinds = new Map<string, string>();
  for (const subgraph of file.subgraphs) {
    const names = variableNames(subgraph);
    for (const operator of subgraph.operators) {
      const value = accessedValue(operator);
      const name = names.get(operator.inputs[0] ?? -1);
      const tensor = subgraph.tensors[value ?? -1];
      const shape = shapes[subgraph.index]?.[value ?? -1];
      if (name === undefined || !tensor || !shape) continue;
      const kind = `${tensor.type} [${shape}]`;
      const known = kinds.get(name) ?? kind;
      kinds.set(name, known);
      if (known !== kind) {
        throw invalidModel(
          operatorName(subgraph, operator),
          `variable "${printable(name)}" is ${kind} here and ${known} elsewhere`,
        );
      }
    }
  }
}

/** Variable name by the tensor that holds its handle. */
function variableNames({operators}: TfliteSubgraph): ReadonlyMap<number, string> {
  const handles = operators.filter(({name}) => name === 'VAR_HANDLE');
  return new Map(
    handles.map(({outputs, options}) => [
      outputs[0] ?? -1,
      `${options?.container ?? ''}/${options?.shared_name ?? ''}`,
    ]),
  );
}

/** The tensor that is read from or written to a variable. */
function accessedValue({name, inputs, outputs}: TfliteOperator): number | undefined {
  if (name === 'READ_VARIABLE') return outputs[0];
  return name === 'ASSIGN_VARIABLE' ? inputs[1] : undefined;
}
