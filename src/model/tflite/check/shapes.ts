import {invalidModel, printable} from '../../invalid.ts';
import type {TfliteSubgraph, TfliteTensor} from '../file.ts';
import {tfliteByteSize} from '../tensor-types.ts';
import {operatorName} from './graph.ts';
import {maxRank, maxTensorBytes} from './limits.ts';
import {type KnownTensors, maxLooks, OpFacts, type Shape} from './ops/facts.ts';
import {foldIntegers} from './ops/fold.ts';
import {ruleFor} from './ops/table.ts';
import {safeElementCount} from './tensors.ts';

/**
 * Computes the shape of every tensor from the inputs on, the way kernels will, and checks each common operator against its
 * operands: what would read or write out of bounds is refused.
 *
 * @returns shapes by tensor; undefined where only a run can tell
 * @throws {ModelInvalidError}
 */
export function checkShapes(subgraph: TfliteSubgraph): readonly (Shape | undefined)[] {
  const made = new Set(subgraph.operators.flatMap(({outputs}) => outputs));
  // Callers give the inputs of inner subgraphs their shapes.
  if (subgraph.index > 0) for (const input of subgraph.inputs) made.add(input);
  const shapes = subgraph.tensors.map(({shape, index}): Shape | undefined => (made.has(index) ? undefined : shape));
  const known: KnownTensors = {shapes, ints: new Map(), looksLeft: maxLooks};
  for (const input of subgraph.index === 0 ? subgraph.inputs : []) {
    const tensor = subgraph.tensors[input];
    if (tensor) checkSize(tensor, tensor.shape, `tflite: input "${printable(tensor.name)}"`);
  }
  for (const operator of subgraph.operators) {
    const rule = operator.custom ? undefined : ruleFor(operator.name);
    const facts = new OpFacts(subgraph, operator, known);
    const results = rule?.(facts) ?? [];
    operator.outputs.forEach((index, position) => {
      const tensor = subgraph.tensors[index];
      const shape = rule ? results[position] : declaredShape(tensor);
      if (!shape || !tensor) return;
      checkSize(tensor, shape, operatorName(subgraph, operator));
      shapes[index] = shape;
    });
    const folded = rule ? foldIntegers(facts) : undefined;
    const [target] = operator.outputs;
    if (folded && target !== undefined) known.ints.set(target, folded);
  }
  return shapes;
}

/** Refuses tensors without elements, which several kernels take badly, and those that no device can hold. */
function checkSize(tensor: TfliteTensor, shape: Shape, where: string): void {
  if (shape.length > maxRank)
    throw invalidModel(where, `shape [${shape.slice(0, maxRank)}, …] of ${shape.length} dimensions`);
  const count = safeElementCount(shape);
  if (count === 0) throw invalidModel(where, `shape [${shape}] has no elements`);
  const size = count === undefined ? undefined : (tfliteByteSize(tensor.type, count) ?? 0);
  if (size === undefined || size > maxTensorBytes) {
    throw invalidModel(where, `shape [${shape}] takes more than ${maxTensorBytes} bytes`);
  }
}

/** What the file says of an output whose operator has no rule here; nothing when it may change. */
function declaredShape(tensor: TfliteTensor | undefined): Shape | undefined {
  const isFixed = tensor && tensor.shape.length > 0 && !tensor.signature.includes(-1);
  return isFixed ? tensor.shape : undefined;
}
