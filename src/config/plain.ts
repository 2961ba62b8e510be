import {isAlias, isMap, isScalar, isSeq, type Node, type Pair, Scalar, type YAMLMap} from 'yaml';
import type {Located, LocatedEntry} from './located.ts';

/** Past these a file is refused; both count what aliases expand to. */
export const maxDepth = 32;
export const maxValues = 20_000;

/** Something wrong with the tree that the YAML parser itself lets pass. */
export interface TreeFault {
  readonly at: number;
  readonly kind: 'duplicate' | 'too-deep' | 'too-large' | 'bad-merge' | 'unknown-alias' | 'reserved';
  readonly key: string;
}

/**
 * Turns YAML nodes into plain values with their places. Aliases are followed with a budget, so that a file of a few
 * lines cannot grow to gigabytes; `<<` merges are applied, the mapping's own keys winning.
 */
export class PlainReader {
  readonly faults: TreeFault[] = [];
  readonly #anchors = new Map<string, Node>();
  #values = 0;
  #refused = false;

  /** True once a limit was passed: what was read is incomplete. */
  get refused(): boolean {
    return this.#refused;
  }

  /** @param at offset to use when the node is empty */
  read(node: unknown, at: number, depth = 0): Located {
    this.#values++;
    const start = (node as Node | null)?.range?.[0] ?? at;
    if (depth > maxDepth) return this.#refuse('too-deep', start);
    if (this.#values > maxValues) return this.#refuse('too-large', start);
    if (this.#refused) return {value: null, at: start};
    if (isAlias(node)) {
      const target = this.#anchors.get(node.source);
      if (target === undefined) return this.#fault('unknown-alias', start, node.source);
      return {...this.read(target, start, depth + 1), at: start};
    }
    const anchor = (node as {anchor?: string} | null)?.anchor;
    if (anchor !== undefined) this.#anchors.set(anchor, node as Node);
    if (isMap(node)) return this.#readMap(node, start, depth);
    if (isSeq(node)) {
      const items = node.items.map(item => this.read(item, start, depth + 1));
      return {value: items.map(item => item.value), at: start, items};
    }
    if (isScalar(node)) return {value: node.value, at: isEmpty(node) ? at : start};
    return {value: null, at};
  }

  #readMap(map: YAMLMap, at: number, depth: number): Located {
    const own = new Map<string, LocatedEntry>();
    const merged = new Map<string, LocatedEntry>();
    for (const pair of map.items as Pair<Node, Node | null>[]) {
      const key = isScalar(pair.key) ? String(pair.key.value ?? '') : '';
      const keyAt = pair.key?.range?.[0] ?? at;
      const value = this.read(pair.value, keyAt, depth + 1);
      if (key === '<<' && isScalar(pair.key) && pair.key.type === Scalar.PLAIN) this.#merge(value, keyAt, merged);
      else if (key === '__proto__') this.#fault('reserved', keyAt, key);
      else if (own.has(key)) this.#fault('duplicate', keyAt, key);
      else own.set(key, {keyAt, value});
    }
    const entries = new Map([...merged, ...own]);
    return {value: Object.fromEntries([...entries].map(([key, entry]) => [key, entry.value.value])), at, entries};
  }

  #merge(source: Located, at: number, into: Map<string, LocatedEntry>): void {
    for (const part of source.items ?? [source]) {
      if (!part.entries) {
        if (!this.#refused) this.#fault('bad-merge', at, '<<');
        continue;
      }
      for (const [key, entry] of part.entries) if (!into.has(key)) into.set(key, entry);
    }
  }

  #fault(kind: TreeFault['kind'], at: number, key: string): Located {
    this.faults.push({kind, at, key});
    return {value: null, at};
  }

  #refuse(kind: TreeFault['kind'], at: number): Located {
    if (!this.#refused) this.#fault(kind, at, '');
    this.#refused = true;
    return {value: null, at};
  }
}

function isEmpty(node: Scalar): boolean {
  return node.value === null && (node.source ?? '') === '';
}
