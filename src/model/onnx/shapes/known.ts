import type {OnnxAttribute, OnnxNode} from '../schema.ts';

/** What is known of a value: its shape (−1: dynamic), and its elements when it is a short list of integers. */
export interface Known {
  readonly shape?: readonly number[] | undefined;
  readonly ints?: readonly number[] | undefined;
}

/** One node with what is known of its inputs. */
export interface NodeFacts {
  readonly node: OnnxNode;
  shape(input: number): readonly number[] | undefined;
  ints(input: number): readonly number[] | undefined;
  attribute(name: string): OnnxAttribute | undefined;
}

/** Works out what is known of a node's outputs; fewer entries than outputs: nothing is known of the others. */
export type ShapeRule = (facts: NodeFacts) => readonly (Known | undefined)[];

/** Negative axes count from the end; undefined outside the rank. */
export function axisOf(axis: number, rank: number): number | undefined {
  const from = axis < 0 ? axis + rank : axis;
  return from >= 0 && from < rank ? from : undefined;
}

/** Multidirectional broadcasting; undefined when the shapes do not agree. */
export function broadcast(
  a: readonly number[] | undefined,
  b: readonly number[] | undefined,
): readonly number[] | undefined {
  if (!a || !b) return undefined;
  const rank = Math.max(a.length, b.length);
  const result: number[] = [];
  for (let axis = 1; axis <= rank; axis++) {
    const x = a.at(-axis) ?? 1;
    const y = b.at(-axis) ?? 1;
    if (x !== y && x !== 1 && y !== 1 && x !== -1 && y !== -1) return undefined;
    result.unshift(x === 1 ? y : y === 1 ? x : Math.max(x, y));
  }
  return result;
}

/** Product of dimensions; −1 when one is dynamic. */
export function productOf(dims: readonly number[]): number {
  return dims.some(dim => dim < 0) ? -1 : dims.reduce((total, dim) => total * dim, 1);
}
