/** The candidate that a person most likely meant: same letters apart from case and `-_`, or a slip or two away. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const bare = (text: string) => text.toLowerCase().replace(/[-_\s]/g, '');
  const same = candidates.find(candidate => bare(candidate) === bare(word));
  if (same !== undefined) return same;
  const allowed = Math.max(1, Math.floor(word.length / 3));
  let best: {candidate: string; distance: number} | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(bare(word).slice(0, 64), bare(candidate));
    if (distance <= allowed && distance < (best?.distance ?? Number.POSITIVE_INFINITY)) best = {candidate, distance};
  }
  return best?.candidate;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
export function editDistance(from: string, to: string): number {
  const rows: number[][] = Array.from({length: from.length + 1}, (_, row) =>
    Array.from({length: to.length + 1}, (_, column) => (row === 0 ? column : column === 0 ? row : 0)),
  );
  const cost = (row: number, column: number) => rows[row]?.[column] ?? 0;
  for (let row = 1; row <= from.length; row++) {
    for (let column = 1; column <= to.length; column++) {
      const replaced = cost(row - 1, column - 1) + (from[row - 1] === to[column - 1] ? 0 : 1);
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const distance = Math.min(cost(row - 1, column) + 1, cost(row, column - 1) + 1, replaced);
      (rows[row] as number[])[column] = swapped ? Math.min(distance, cost(row - 2, column - 2) + 1) : distance;
    }
  }
  return cost(from.length, to.length);
}
