import {malformed, shown} from './malformed.ts';

/** Marks a long integer that was turned into text, so that it keeps its last digits. */
const mark = '\u0000';

/**
 * JSON.parse for bytes. Integers of 16 digits and more come back as marked text (see `exactInteger`) when the message
 * mentions a 64-bit type: a double would round them.
 *
 * @throws {InputError} not UTF-8, or no JSON
 */
export function parseJson(bytes: Uint8Array, where: string): unknown {
  try {
    const text = new TextDecoder('utf-8', {fatal: true}).decode(bytes);
    return JSON.parse(/INT64/.test(text) && /\d{16}/.test(text) ? markLongIntegers(text) : text);
  } catch (error) {
    throw malformed(where, 'is no valid JSON', {cause: error});
  }
}

/** The digits of an integer that `parseJson` kept as text; undefined for anything else. */
export function exactInteger(value: unknown): string | undefined {
  return typeof value === 'string' && value.startsWith(mark) ? value.slice(mark.length) : undefined;
}

function markLongIntegers(text: string): string {
  const pieces: string[] = [];
  let kept = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 0x22) {
      at = endOfString(text, at);
    } else if (isNumberPart(char)) {
      const end = endOfNumber(text, at);
      const digits = text.slice(at, end);
      if (digits.length >= 16 && /^-?[1-9]\d+$/.test(digits)) {
        pieces.push(text.slice(kept, at), '"\\u0000', digits, '"');
        kept = end;
      }
      at = end - 1;
    }
  }
  return pieces.length === 0 ? text : pieces.join('') + text.slice(kept);
}

/** Index of the closing quote, or of the text's end. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== 0x22) at += text.charCodeAt(at) === 0x5c ? 2 : 1;
  return at;
}

function endOfNumber(text: string, start: number): number {
  let at = start;
  while (at < text.length && isNumberPart(text.charCodeAt(at))) at++;
  return at;
}

/** Digits, and the characters `+-.eE` that make a number no plain run of digits. */
function isNumberPart(char: number): boolean {
  const isDigit = char >= 0x30 && char <= 0x39;
  return isDigit || char === 0x2b || char === 0x2d || char === 0x2e || char === 0x45 || char === 0x65;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function asObject(value: unknown, where: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw malformed(where, `expected an object, got ${shown(value)}`);
}

export function asList(value: unknown, where: string, most: number): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed(where, `expected a list, got ${shown(value)}`);
  if (value.length > most) throw malformed(where, `expected at most ${most} entries, got ${value.length}`);
  return value;
}

export function asText(value: unknown, where: string, most: number): string {
  if (typeof value !== 'string' || value.length === 0) {
    throw malformed(where, `expected a text, got ${shown(value)}`);
  }
  if (value.length > most) throw malformed(where, `expected at most ${most} characters, got ${value.length}`);
  return value;
}
