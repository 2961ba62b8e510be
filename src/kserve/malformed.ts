import {InputError} from '../error/errors.ts';

const hint = 'Send it as the Open Inference Protocol (KServe v2) says.';

/** @param where a path in the message: `inputs[0].shape` */
export function malformed(where: string, what: string, options?: ErrorOptions): InputError {
  return new InputError(`${where}: ${what}`, hint, options);
}

/** A value from outside, short enough for a message. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
