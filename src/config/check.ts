import type {z} from 'zod';
import {describeForms, formsAt, type SchemaNode, schemaTree} from './expected.ts';
import {hintFor} from './hints.ts';
import {type Complaint, complaints} from './issues.ts';
import {keyOffsetOf, type Located, offsetOf, type Path, valueAt} from './located.ts';
import type {Problem} from './problem.ts';
import {show} from './show.ts';
import {readYaml, type YamlFile} from './yaml.ts';

export type Checked<T> = Good<T> | {readonly problems: readonly Problem[]};

export interface Good<T> {
  readonly value: T;
  /** Problems found later, by whoever reads a part of the file with a schema of its own. */
  readonly place: Placer;
}

/** Puts complaints at their places in the file. @param part with which schema the value at its base is read */
export type Placer = (complaints: readonly Complaint[], part?: PartSchema) => readonly Problem[];

export interface PartSchema {
  readonly schema: z.ZodType;
  readonly base: Path;
}

/** More than anybody reads at once; a file with that many is wrong as a whole. */
const mostProblems = 50;

/**
 * Parses YAML (or JSON) text and checks it against a schema, reporting every problem of the file at its place.
 *
 * @param file name used in the problems
 * @param crossChecks what two keys say together; they see the raw values, so they run whatever else is wrong
 */
export function checkYaml<T>(
  schema: z.ZodType<T>,
  text: string,
  file: string,
  crossChecks: readonly ((root: Located) => Complaint[])[] = [],
): Checked<T> {
  const yaml = readYaml(text, file);
  if (yaml.problems.length > 0 && (yaml.root.entries === undefined || yaml.refused))
    return {problems: limit(yaml.problems)};
  const {root} = yaml;
  const input = root.value ?? {};
  const parsed = schema.safeParse(input);
  const found = parsed.success ? [] : complaints(parsed.error.issues, input);
  found.push(...crossChecks.flatMap(check => check(root)));
  const more = found.map(complaint => asProblem(complaint, yaml, schemaTree(schema), file));
  const problems = [
    ...yaml.problems,
    ...more.filter(problem => !yaml.problems.some(other => samePlace(problem, other))),
  ];
  if (parsed.success && problems.length === 0) return {value: parsed.data, place: placer(schema, yaml, file)};
  return {problems: limit(problems)};
}

function placer(schema: z.ZodType, yaml: YamlFile, file: string): Placer {
  return (complaints, part) => {
    const tree = part === undefined ? schemaTree(schema) : nested(schemaTree(part.schema), part.base);
    return limit(complaints.map(complaint => asProblem(complaint, yaml, tree, file)));
  };
}

/** The tree of a schema whose root is `tree`'s value at `base`. */
function nested(tree: SchemaNode, base: Path): SchemaNode {
  return base.reduceRight<SchemaNode>((node, part) => ({type: 'object', properties: {[String(part)]: node}}), tree);
}

function problemAt(yaml: YamlFile, file: string, complaint: Complaint): Problem {
  const {path} = complaint;
  const offset = complaint.at === 'key' ? keyOffsetOf(yaml.root, path) : offsetOf(yaml.root, path);
  const {got = 'this', expected = 'another value', hint = ''} = complaint;
  return {file, ...yaml.position(offset), key: dotted(path), got, expected, hint};
}

function samePlace(one: Problem, other: Problem): boolean {
  return one.line === other.line && one.column === other.column;
}

function asProblem(complaint: Complaint, yaml: YamlFile, tree: SchemaNode, file: string): Problem {
  const {path, kind} = complaint;
  const value = valueAt(yaml.root, path)?.value;
  return problemAt(yaml, file, {
    ...complaint,
    expected: complaint.expected ?? expectedAt(complaint, tree),
    hint: complaint.hint ?? hintFor(complaint, value, tree),
    got: complaint.got ?? gotAt(kind, path, value),
  });
}

function gotAt(kind: Complaint['kind'], path: Path, value: unknown): string {
  if (kind === 'unknown-key') return 'an unknown one';
  return kind === 'bad-key' ? show(path.at(-1), [...path.slice(0, -1), 'name']) : show(value, path);
}

function expectedAt(complaint: Complaint, tree: SchemaNode): string {
  const {path, kind} = complaint;
  if (kind !== 'unknown-key') return describeForms(formsAt(tree, path));
  return 'a known key';
}

/** `pipelines.door.delegates[0].id` */
export function dotted(path: Path): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`,
    '',
  );
}

function limit(problems: readonly Problem[]): readonly Problem[] {
  const sorted = [...problems].sort((one, other) => one.line - other.line || one.column - other.column);
  return sorted.slice(0, mostProblems);
}
