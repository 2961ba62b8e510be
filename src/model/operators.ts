import type {OperatorCount} from './model.ts';

/** Counts operators by name, most frequent first, names in order among equals. */
export function countOperators(
  operators: Iterable<{readonly name: string; readonly custom: boolean}>,
): OperatorCount[] {
  const counts = new Map<string, OperatorCount>();
  for (const {name, custom} of operators) {
    counts.set(name, {name, custom, count: (counts.get(name)?.count ?? 0) + 1});
  }
  return [...counts.values()].sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}
