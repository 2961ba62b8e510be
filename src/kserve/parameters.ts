import {asObject, exactInteger} from './json.ts';
import {malformed, shown} from './malformed.ts';

export type Parameters = Readonly<Record<string, string | number | boolean>>;

const most = 64;

/**
 * The parameters that are texts, numbers or booleans; anything else is a server's own and left out.
 *
 * @throws {InputError} no object, or too many
 */
export function readParameters(value: unknown, where: string): Parameters {
  if (value === undefined || value === null) return {};
  const entries = Object.entries(asObject(value, where));
  if (entries.length > most) throw malformed(where, `expected at most ${most} parameters, got ${entries.length}`);
  return Object.fromEntries(entries.flatMap(([key, entry]) => readParameter(key, entry)));
}

function readParameter(key: string, value: unknown): [string, string | number | boolean][] {
  const digits = exactInteger(value);
  if (digits !== undefined) return [[key, Number(digits)]];
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? [[key, value]] : [];
}

/** @throws {InputError} there, and neither true nor false */
export function readFlag(parameters: Parameters, name: string, where: string): boolean | undefined {
  const value = own(parameters, name);
  if (value === undefined || typeof value === 'boolean') return value;
  throw malformed(`${where}.${name}`, `expected true or false, got ${shown(value)}`);
}

/** @throws {InputError} there, and no whole number from 0 */
export function readSize(parameters: Parameters, name: string, where: string): number | undefined {
  const value = own(parameters, name);
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0))
    return value as number | undefined;
  throw malformed(`${where}.${name}`, `expected a number of bytes, got ${shown(value)}`);
}

function own(parameters: Parameters, name: string): unknown {
  return Object.hasOwn(parameters, name) ? parameters[name] : undefined;
}
