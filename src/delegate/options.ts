import type {z} from 'zod';
import {ConfigError} from '../error/errors.ts';

/** Options that do not follow their schema; carries what it takes to tell every fault at its line of the file. */
export class OptionsError extends ConfigError {
  readonly schema: z.ZodType;
  readonly issues: readonly z.core.$ZodIssue[];

  constructor(message: string, schema: z.ZodType, issues: readonly z.core.$ZodIssue[]) {
    super(message, 'Correct it; docs/delegates tells every option.');
    this.schema = schema;
    this.issues = issues;
  }
}

/**
 * A delegate's options, checked by its own schema.
 *
 * @param name the delegate's name in the configuration
 * @throws {OptionsError} with key, what was expected and what came
 */
export function parseOptions<Schema extends z.ZodType>(
  schema: Schema,
  options: Readonly<Record<string, unknown>>,
  name: string,
): z.output<Schema> {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const key = ['delegates', name, ...(issue?.path ?? []), ...unknown].join('.');
  const said = unknown.length > 0 ? 'is no option of this delegate' : inOurWords(issue?.message ?? 'invalid');
  throw new OptionsError(`${key}: ${said}`, schema, parsed.error.issues);
}

/** `Invalid input: expected string, received undefined` → `expected string, got nothing`. */
function inOurWords(message: string): string {
  return message
    .replace(/^Invalid \w+: /, '')
    .replace(/received undefined$/, 'got nothing')
    .replace('received ', 'got ');
}
