const token =
  /"(?:[^"\\\n]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\],:]/y;
const space = /[ \t\n\r]*/y;

/** What may come next; `first` says that the list or object is still empty. */
type Expect = 'value' | 'first value' | 'key' | 'first key' | 'colon' | 'comma' | 'end';

/** Where a text stops being JSON, as `line:column` counted from 1; the engine's own messages do not always tell. */
export function jsonErrorPosition(text: string): string {
  const at = errorOffset(text);
  const lines = text.slice(0, at).split('\n');
  return `${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
}

function errorOffset(text: string): number {
  const open: string[] = [];
  let expect: Expect = 'value';
  for (let at = skipSpace(text, 0); at < text.length; at = skipSpace(text, at)) {
    token.lastIndex = at;
    const found = token.exec(text)?.[0];
    const next: Expect | undefined = found === undefined ? undefined : step(expect, found, open);
    if (next === undefined) return at;
    expect = next;
    at += (found as string).length;
  }
  return text.length;
}

function skipSpace(text: string, at: number): number {
  space.lastIndex = at;
  space.exec(text);
  return space.lastIndex;
}

/** What may follow a token; undefined when the token itself may not stand here. */
function step(expect: Expect, found: string, open: string[]): Expect | undefined {
  const after = (): Expect => (open.length > 0 ? 'comma' : 'end');
  const close = (bracket: string): Expect | undefined => (open.pop() === bracket ? after() : undefined);
  if (expect === 'colon') return found === ':' ? 'value' : undefined;
  if (expect === 'comma') {
    if (found === ',') return open.at(-1) === '{' ? 'key' : 'value';
    return found === '}' ? close('{') : found === ']' ? close('[') : undefined;
  }
  if (expect === 'first key' && found === '}') return close('{');
  if (expect === 'key' || expect === 'first key') return found.startsWith('"') ? 'colon' : undefined;
  if (expect === 'first value' && found === ']') return close('[');
  if (expect === 'end' || [',', ':', '}', ']'].includes(found)) return undefined;
  if (found !== '{' && found !== '[') return after();
  open.push(found);
  return found === '{' ? 'first key' : 'first value';
}
