import {ManifestError} from '../../error/errors.ts';

/** Classes in a label file: more than any published list has. */
const maxLabels = 100_000;

/**
 * Reads a label file. Line i names class i; also `0 person` or `0: person` on each line, JSON (`["a"]`, `{"0": "a"}`), the
 * Python literal `{0: 'a'}`, and the `item {id: 1 name: "a"}` blocks of TensorFlow's label maps. Classes that the file leaves
 * out are empty. A blank line ends a plain list when at most as many lines follow it (remarks); else it is an unnamed class.
 *
 * @param where the file, for messages
 * @throws {ManifestError} JSON that is no list of names, or more than 100,000 classes
 */
export function parseLabels(text: string, where: string): readonly string[] {
  const clean = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  const start = clean.trimStart();
  if (start.startsWith('[')) return fromJson(start, where);
  if (start.startsWith('{')) return start.includes('"') ? fromJson(start, where) : parsePythonNames(start);
  if (/^item\s*\{/.test(start)) return fromItems(start, where);
  const lines = endList(clean.split('\n').map(line => line.trim()));
  if (lines.length > maxLabels) throw tooMany(lines.length, where);
  return fromNumberedLines(lines, where) ?? lines;
}

/** Names from a Python dict or list literal, as exporters write into ONNX metadata: `{0: 'person', 1: "car"}`. */
export function parsePythonNames(text: string): readonly string[] {
  const entry = /(?:(\d{1,6})\s*:\s*)?(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g;
  const labels: string[] = [];
  for (const [, key, single, double] of text.matchAll(entry)) {
    const index = key === undefined ? labels.length : Number(key);
    if (index < maxLabels) labels[index] = (single ?? double ?? '').replace(/\\(.)/g, '$1');
  }
  return fill(labels);
}

function tooMany(count: number, where: string): ManifestError {
  return new ManifestError(
    `${where}: ${count} classes, at most ${maxLabels}`,
    'Give a label file with one class per line.',
  );
}

/** Holes become empty labels. */
function fill(labels: readonly (string | undefined)[]): string[] {
  return Array.from({length: labels.length}, (_, index) => labels[index] ?? '');
}

function fromPairs(pairs: Iterable<readonly [number, string]>, where: string): string[] {
  const labels: string[] = [];
  for (const [index, label] of pairs) {
    if (index >= maxLabels) throw tooMany(index + 1, where);
    labels[index] = label;
  }
  return fill(labels);
}

function fromJson(text: string, where: string): readonly string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ManifestError(`${where}: not valid JSON`, 'Correct the file, or give one label per line.', {cause});
  }
  if (Array.isArray(value) && value.every(label => typeof label === 'string')) {
    if (value.length > maxLabels) throw tooMany(value.length, where);
    return value;
  }
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (entries.length > 0 && entries.every(([key, label]) => /^\d+$/.test(key) && typeof label === 'string')) {
    return fromPairs(
      entries.map(([key, label]) => [Number(key), label as string]),
      where,
    );
  }
  throw new ManifestError(
    `${where}: expected a list of names or an object from class number to name`,
    'Write ["cat", "dog"] or {"0": "cat", "1": "dog"}.',
  );
}

/** TensorFlow label maps count from 1, with 0 for the background that detection models leave out. */
function fromItems(text: string, where: string): readonly string[] {
  const pairs: [number, string][] = [];
  for (const [, body = ''] of text.matchAll(/item\s*\{([^}]*)\}/g)) {
    const id = /\bid\s*:\s*(\d+)/.exec(body)?.[1];
    const display = /\bdisplay_name\s*:\s*["']([^"']*)["']/.exec(body)?.[1];
    const name = /\bname\s*:\s*["']([^"']*)["']/.exec(body)?.[1];
    if (id !== undefined) pairs.push([Number(id), display ?? name ?? '']);
  }
  const first = pairs.some(([id]) => id === 0) ? 0 : 1;
  return fromPairs(
    pairs.map(([id, name]) => [id - first, name]),
    where,
  );
}

function fromNumberedLines(lines: readonly string[], where: string): readonly string[] | undefined {
  const pairs: [number, string][] = [];
  const seen = new Set<number>();
  for (const line of lines) {
    if (line === '') continue;
    const [, number, name] = /^(\d{1,9})\s*[\s:,;]\s*(\S.*)$/.exec(line) ?? [];
    const index = Number(number);
    if (number === undefined || name === undefined || seen.has(index)) return undefined;
    seen.add(index);
    pairs.push([index, name]);
  }
  return pairs.length === 0 ? undefined : fromPairs(pairs, where);
}

/** Cuts trailing blank lines, and remarks after a blank line. */
function endList(lines: readonly string[]): readonly string[] {
  const end = lines.findLastIndex(line => line !== '') + 1;
  const blank = lines.indexOf('');
  return blank > 0 && end - blank - 1 <= blank ? lines.slice(0, blank) : lines.slice(0, end);
}
