import {z} from 'zod';
import type {Path} from './located.ts';

/** The part of JSON Schema that zod writes and we read back. */
export interface SchemaNode {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly prefixItems?: readonly SchemaNode[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly description?: string;
  readonly default?: unknown;
}

const written = new WeakMap<z.ZodType, SchemaNode>();

/** JSON Schema of what a file may hold, before defaults are filled in. */
export function schemaTree(schema: z.ZodType): SchemaNode {
  const known = written.get(schema);
  if (known) return known;
  const tree = z.toJSONSchema(schema, {io: 'input', unrepresentable: 'any'}) as SchemaNode;
  written.set(schema, tree);
  return tree;
}

/** Every form that the value at `path` may take: several where the schema has alternatives. */
export function formsAt(tree: SchemaNode, path: Path): SchemaNode[] {
  let forms = flatten(tree);
  for (const part of path) forms = forms.flatMap(form => childForms(form, part));
  return forms;
}

/** Keys that a mapping at `path` may have. */
export function keysAt(tree: SchemaNode, path: Path): string[] {
  return [...new Set(formsAt(tree, path).flatMap(form => Object.keys(form.properties ?? {})))];
}

/** Where else a key of this name belongs: dotted paths, `<name>` standing for names of the user's choice. */
export function placesOf(tree: SchemaNode, key: string): string[] {
  const places: string[] = [];
  const look = (node: SchemaNode, path: readonly string[]) => {
    for (const form of flatten(node)) {
      for (const [name, child] of Object.entries(form.properties ?? {})) {
        if (name === key) places.push([...path, name].join('.'));
        look(child, [...path, name]);
      }
      if (typeof form.additionalProperties === 'object') look(form.additionalProperties, [...path, '<name>']);
      if (form.items) look(form.items, path);
    }
  };
  look(tree, []);
  return [...new Set(places)];
}

/** `a number from 0 to 1`, `one of debug, info, or a mapping with level`. */
export function describeForms(forms: readonly SchemaNode[]): string {
  const texts = [...new Set(forms.flatMap(form => flatten(form)).map(describe))];
  return texts.length === 0 ? 'nothing here' : texts.join(', or ');
}

function describe(form: SchemaNode): string {
  if (form.const !== undefined) return String(form.const);
  if (form.enum) return form.enum.length === 1 ? String(form.enum[0]) : `one of ${form.enum.join(', ')}`;
  switch (form.type) {
    case 'string':
      return 'text';
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `a whole number${range(form)}`;
    case 'number':
      return `a number${range(form)}`;
    case 'array':
      return describeList(form);
    case 'object': {
      const keys = Object.keys(form.properties ?? {});
      if (keys.length === 0) return 'a mapping of names';
      return `a mapping with ${form.required?.join(', ') || keys.join(', ')}`;
    }
    default:
      return 'a value';
  }
}

function range(form: SchemaNode): string {
  const low = safe(form.minimum);
  const high = safe(form.maximum);
  if (low !== undefined && high !== undefined) return ` from ${low} to ${high}`;
  if (form.exclusiveMinimum !== undefined && high !== undefined) return ` above ${form.exclusiveMinimum}, to ${high}`;
  if (low !== undefined) return ` of at least ${low}`;
  if (form.exclusiveMinimum !== undefined) return ` above ${form.exclusiveMinimum}`;
  return high === undefined ? '' : ` of at most ${high}`;
}

/** Zod writes the bounds of JavaScript's exact integers, which say nothing to a person. */
function safe(bound: number | undefined): number | undefined {
  return bound === undefined || Math.abs(bound) >= Number.MAX_SAFE_INTEGER ? undefined : bound;
}

function describeList(form: SchemaNode): string {
  const {minItems, maxItems} = form;
  if (minItems !== undefined && minItems === maxItems) return `a list of ${minItems} entries`;
  const entries = form.items ? describeForms([form.items]) : 'values';
  const least = minItems === undefined ? '' : ` with at least ${minItems} ${minItems === 1 ? 'entry' : 'entries'}`;
  return `a list${least} (each ${entries})`;
}

function flatten(node: SchemaNode): SchemaNode[] {
  const alternatives = node.anyOf ?? node.oneOf;
  return alternatives ? alternatives.flatMap(flatten) : [node];
}

function childForms(form: SchemaNode, part: PropertyKey): SchemaNode[] {
  if (typeof part === 'number') {
    const item = form.prefixItems?.[part] ?? form.items;
    return item ? flatten(item) : [];
  }
  const name = String(part);
  if (form.properties && Object.hasOwn(form.properties, name)) return flatten(form.properties[name] as SchemaNode);
  return typeof form.additionalProperties === 'object' ? flatten(form.additionalProperties) : [];
}
