import type {OpFacts} from './facts.ts';

/** Lists longer than any shape are not followed. */
const maxLength = 64;

type Fold = (lists: readonly (readonly number[])[], op: OpFacts) => readonly number[] | undefined;

const at = (list: readonly number[], index: number): number => list[list.length === 1 ? 0 : index] ?? 0;

function pairwise(compute: (a: number, b: number) => number): Fold {
  return ([a = [], b = []]) =>
    Array.from({length: Math.max(a.length, b.length)}, (_, index) => compute(at(a, index), at(b, index)));
}

const first: Fold = ([list]) => list;

/** Operators that exporters use to compute shapes at run time, on short lists of integers. */
const folds: Readonly<Record<string, Fold>> = {
  ADD: pairwise((a, b) => a + b),
  SUB: pairwise((a, b) => a - b),
  MUL: pairwise((a, b) => a * b),
  MAXIMUM: pairwise(Math.max),
  MINIMUM: pairwise(Math.min),
  FLOOR_DIV: pairwise((a, b) => Math.floor(a / b)),
  FLOOR_MOD: pairwise((a, b) => a - b * Math.floor(a / b)),
  CAST: first,
  RESHAPE: first,
  SQUEEZE: first,
  EXPAND_DIMS: first,
  PACK: lists => lists.flat(),
  CONCATENATION: lists => lists.flat(),
  REDUCE_PROD: ([list = []]) => [list.reduce((total, value) => total * value, 1)],
  GATHER: ([values = [], indices = []]) => indices.map(index => values[index] ?? Number.NaN),
  SLICE: ([values = [], begin = [], size = []]) => {
    const from = at(begin, 0);
    const length = at(size, 0);
    return begin.length === 1 ? values.slice(from, length < 0 ? undefined : from + length) : undefined;
  },
  STRIDED_SLICE: ([values = [], begin = [], end = [], strides = []], op) => {
    if (strides.some(stride => stride !== 1)) return undefined;
    if (begin.length !== 1) return `${op.output(0).shape}` === `${op.input(0).shape}` ? values : undefined;
    const from = op.number('begin_mask') & 1 ? 0 : at(begin, 0);
    if (op.number('shrink_axis_mask') & 1) return values.slice(from, from === -1 ? undefined : from + 1);
    return values.slice(from, op.number('end_mask') & 1 ? undefined : at(end, 0));
  },
};

/** How many of an operator's inputs hold the numbers; the others are shapes and axes. */
const dataInputs: Readonly<Record<string, number>> = {RESHAPE: 1, SQUEEZE: 1, EXPAND_DIMS: 1, CAST: 1, REDUCE_PROD: 1};

/** Elements of an operator's first output, where they follow from constants and shapes; undefined otherwise. */
export function foldIntegers(op: OpFacts): readonly number[] | undefined {
  const {name, inputs, outputs} = op.operator;
  if (outputs.length === 0 || inputs.length > maxLength || !['int32', 'int64'].includes(op.output(0).type))
    return undefined;
  if (name === 'SHAPE') return op.input(0).shape;
  const fold = Object.hasOwn(folds, name) ? folds[name] : undefined;
  if (!fold) return undefined;
  const lists = inputs.slice(0, dataInputs[name] ?? inputs.length).map((_, position) => op.input(position).ints);
  if (lists.some(list => list === undefined || list.length > maxLength)) return undefined;
  const result = fold(lists as (readonly number[])[], op);
  return result && result.length <= maxLength && result.every(Number.isSafeInteger) ? result : undefined;
}
