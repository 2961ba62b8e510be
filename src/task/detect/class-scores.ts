import type {Values} from '../values.ts';

/** Where one box's class scores lie in a tensor: `first`, `first + step`, … `count` of them. */
export interface ClassSpan {
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

/** Index of the best class of a span, −1 when none is finite; ties keep the lower. The background class is passed over. */
export function bestClass(raw: Values['raw'], span: ClassSpan, background: number): number {
  const {first, step, count} = span;
  let best = -1;
  let largest = Number.NEGATIVE_INFINITY;
  for (let index = 0, at = first; index < count; index++, at += step) {
    const value = raw[at]!;
    if (value > largest && value < Number.POSITIVE_INFINITY && index !== background) {
      largest = value;
      best = index;
    }
  }
  return best;
}
