import type {Path} from './located.ts';

const secretKey =
  /pass(word|phrase|wd)?|secret|token|credential|(api|access|private)_?key|^key$|pwd|authorization|cookie/i;
const secretText = /authorization|bearer|cookie/i;
const longestShown = 60;

/** What the file says at `path`, in words, for an error message. Never shows a secret. */
export function show(value: unknown, path: Path): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'nothing (the key has no value)';
  if (path.length === 0 && typeof value !== 'object') return kind(value);
  if (path.some(part => secretKey.test(String(part)))) return `${kind(value)} (hidden)`;
  if (typeof value === 'string' && secretText.test(value)) return 'text (hidden)';
  if (typeof value === 'string') return `${JSON.stringify(shorten(hideSecrets(value)))} (text)`;
  if (Array.isArray(value)) return `a list of ${value.length} ${value.length === 1 ? 'entry' : 'entries'}`;
  if (typeof value === 'object') return describeKeys(Object.keys(value));
  return String(value);
}

/** `rtsp://user:secret@cam/live?token=1` → `rtsp://***@cam/live?token=***`. */
export function hideSecrets(text: string): string {
  const user = text.includes('://') ? /(?<=:\/\/)[^/?#\s]*@/g : /^[^\s/@:]*:[^\s@]*@/;
  return text.replace(user, '***@').replace(/([?&][^=&#\s]*=)[^&#\s]+/g, '$1***');
}

function kind(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? 'text' : `a ${typeof value}`;
}

function shorten(text: string): string {
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}

function describeKeys(keys: readonly string[]): string {
  if (keys.length === 0) return 'an empty mapping';
  return `a mapping with ${shorten(keys.join(', '))}`;
}
