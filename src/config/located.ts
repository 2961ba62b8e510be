/** A value read from a file, with the place of every key and entry. */
export interface Located {
  /** Plain JavaScript value: null, boolean, number, string, array or object. */
  readonly value: unknown;
  /** Offset of the value's first character; of its key where the value is empty. */
  readonly at: number;
  /** Mappings only. */
  readonly entries?: ReadonlyMap<string, LocatedEntry>;
  /** Lists only. */
  readonly items?: readonly Located[];
}

export interface LocatedEntry {
  /** Offset of the key's first character. */
  readonly keyAt: number;
  readonly value: Located;
}

export type Path = readonly PropertyKey[];

/** The value at a path, or undefined where the file has none. */
export function valueAt(root: Located, path: Path): Located | undefined {
  let current: Located | undefined = root;
  for (const part of path) current = child(current, part);
  return current;
}

/** Offset of the value at the path, or of the nearest enclosing key where the file does not have it. */
export function offsetOf(root: Located, path: Path): number {
  let current = root;
  let nearest = root.at;
  for (const part of path) {
    const next = child(current, part);
    if (next === undefined) return nearest;
    nearest = current.entries?.get(String(part))?.keyAt ?? next.at;
    current = next;
  }
  return current.at;
}

/** Offset of the key that ends the path, or of the nearest enclosing key where the file does not have it. */
export function keyOffsetOf(root: Located, path: Path): number {
  const parent = valueAt(root, path.slice(0, -1));
  const keyAt = parent?.entries?.get(String(path.at(-1)))?.keyAt;
  return keyAt ?? offsetOf(root, path);
}

function child(parent: Located | undefined, part: PropertyKey): Located | undefined {
  if (parent?.entries) return parent.entries.get(String(part))?.value;
  if (parent?.items && typeof part === 'number') return parent.items[part];
  return undefined;
}
