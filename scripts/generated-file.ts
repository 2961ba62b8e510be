import {z} from 'zod';

export interface GeneratedFile {
  /** Relative to the package root. */
  readonly path: string;
  readonly text: string;
}

/** The part of JSON Schema that zod's schemas become here. */
export interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

interface Loose {
  additionalProperties?: unknown;
  maximum?: number;
  minimum?: number;
}

/**
 * JSON Schema 2020-12 of what we publish. Readers have to accept fields that a later version adds, so unknown
 * properties are allowed although our own types are strict.
 */
export function publishedSchema(title: string, schema: z.ZodType): JsonSchema {
  const json = z.toJSONSchema(schema, {
    override: ({jsonSchema}) => {
      const loose = jsonSchema as Loose;
      if (loose.additionalProperties === false) delete loose.additionalProperties;
      if (loose.maximum === Number.MAX_SAFE_INTEGER) delete loose.maximum;
      if (loose.minimum === Number.MIN_SAFE_INTEGER) delete loose.minimum;
    },
  });
  const {$schema, ...rest} = json;
  return {$schema, title, ...rest} as JsonSchema;
}

/** A Markdown table of every field below `schema`: dotted path, type, meaning. Optional fields end in `?`. */
export function fieldTable(schema: JsonSchema): string {
  const rows = fieldRows(schema, '').map(([name, type, meaning]) => `| \`${name}\` | ${type} | ${meaning} |`);
  return ['| Field | Type | Meaning |', '|---|---|---|', ...rows].join('\n');
}

type Row = readonly [name: string, type: string, meaning: string];

function fieldRows(schema: JsonSchema, prefix: string): Row[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([key, field]) => {
    const name = `${prefix}${key}`;
    const row: Row = [required.has(key) ? name : `${name}?`, typeName(field), escapeCell(field.description ?? '')];
    return [row, ...nestedRows(field, name)];
  });
}

function nestedRows(field: JsonSchema, name: string): Row[] {
  if (field.type === 'array' && field.items) return nestedRows(field.items, `${name}[]`);
  const variants = field.oneOf ?? field.anyOf;
  if (variants) return mergeVariants(variants.map(variant => variantRows(variant, `${name}.`)));
  return fieldRows(field, `${name}.`);
}

/** Rows of one member of a union; the meaning of each starts with the value that tells the members apart. */
function variantRows(variant: JsonSchema, prefix: string): Row[] {
  const tag = Object.values(variant.properties ?? {}).find(field => typeof field.const === 'string')?.const;
  return fieldRows(variant, prefix).map(([name, type, meaning]) =>
    type === `\`"${tag}"\`` ? [name, type, meaning] : [name, type, `(${tag}) ${meaning}`.trimEnd()],
  );
}

function mergeVariants(variants: readonly Row[][]): Row[] {
  const merged = new Map<string, Row>();
  for (const [name, type, meaning] of variants.flat()) {
    const known = merged.get(name);
    if (known === undefined) merged.set(name, [name, type, meaning]);
    else merged.set(name, [name, joinUnequal(known[1], type, ' or '), joinUnequal(known[2], meaning, '; ')]);
  }
  return [...merged.values()];
}

function joinUnequal(first: string, second: string, separator: string): string {
  return first === second ? first : `${first}${separator}${second}`;
}

function typeName(field: JsonSchema): string {
  if (field.const !== undefined) return `\`${JSON.stringify(field.const)}\``;
  if (field.enum) return field.enum.map(value => `\`${JSON.stringify(value)}\``).join(', ');
  if (field.oneOf ?? field.anyOf) return 'object';
  if (field.type === 'array') return `list of ${field.items ? typeName(field.items) : 'anything'}`;
  return field.type ?? 'anything';
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
