import type {Dirent} from 'node:fs';
import {readdir} from 'node:fs/promises';

/** True where a path has a character that `expandGlob` gives a meaning to. */
export function hasGlob(path: string): boolean {
  return /[*?[\]{}]/.test(path);
}

/**
 * Files that match a pattern, in no order. `*` and `?` stay within a folder and do not match a leading dot, `**` stands
 * for any folders, `[a-z]`, `[!a-z]` for one character, `{a,b}` for either. Folders that cannot be read match nothing.
 */
export async function expandGlob(pattern: string): Promise<string[]> {
  const found = new Set<string>();
  for (const alternative of expandBraces(pattern)) {
    const absolute = alternative.startsWith('/');
    const segments = alternative.split('/').filter(segment => segment !== '' && segment !== '.');
    await walk(absolute ? '/' : '', segments, found);
  }
  return [...found];
}

/** `a{b,c}d` → `abd`, `acd`; from the innermost braces outwards. */
function expandBraces(pattern: string): string[] {
  const match = /\{([^{}]*,[^{}]*)\}/.exec(pattern);
  if (match?.[1] === undefined) return [pattern];
  const before = pattern.slice(0, match.index);
  const after = pattern.slice(match.index + match[0].length);
  return match[1].split(',').flatMap(option => expandBraces(before + option + after));
}

/** @param base '' or a path that ends in a slash */
async function walk(base: string, segments: readonly string[], found: Set<string>): Promise<void> {
  const [segment, ...rest] = segments;
  if (segment === undefined) return;
  if (segment === '..') return walk(`${base}../`, rest, found);
  const matches = segment === '**' ? () => true : segmentMatcher(segment);
  for (const entry of await list(base)) {
    const path = base + entry.name;
    if (segment === '**') {
      if (entry.isDirectory() && !entry.name.startsWith('.')) await walk(`${path}/`, segments, found);
    } else if (matches(entry.name)) {
      if (rest.length > 0) await walk(`${path}/`, rest, found);
      else if (!entry.isDirectory()) found.add(path);
    }
  }
  if (segment === '**') await walk(base, rest.length > 0 ? rest : ['*'], found);
}

async function list(base: string): Promise<Dirent[]> {
  try {
    return await readdir(base === '' ? '.' : base, {withFileTypes: true});
  } catch {
    return [];
  }
}

function segmentMatcher(segment: string): (name: string) => boolean {
  const body = segment.replace(/\[(!?)([^\]]+)\]|[*?]|[^*?[]+|\[/g, (part, negated: string, set: string) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (set !== undefined) return `[${negated === '!' ? '^' : ''}${set.replace(/[\\\]^]/g, '\\$&')}]`;
    return part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  });
  const expression = new RegExp(`^${body}$`, 'su');
  return name => (name.startsWith('.') && !segment.startsWith('.') ? false : expression.test(name));
}
