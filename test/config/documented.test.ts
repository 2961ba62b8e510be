import {readFileSync} from 'node:fs';
import test from 'ava';
import {checkConfig, configJsonSchema} from '../../src/config/config.ts';
import type {SchemaNode} from '../../src/config/expected.ts';
import {formatProblem} from '../../src/config/problem.ts';

const page = readFileSync('docs/configuration.md', 'utf8');

/** Every key of the schema as the page writes it, with its default; alternatives of one key are joined. */
function schemaKeys(node: SchemaNode, path = ''): Map<string, unknown> {
  const keys = new Map<string, unknown>();
  for (const form of node.anyOf ?? node.oneOf ?? [node]) {
    for (const [name, child] of Object.entries(form.properties ?? {})) {
      const key = path === '' ? name : `${path}.${name}`;
      keys.set(key, child.default);
      for (const [below, value] of schemaKeys(child, key)) keys.set(below, value);
    }
    if (typeof form.additionalProperties === 'object') {
      for (const [below, value] of schemaKeys(form.additionalProperties, `${path}.<name>`)) keys.set(below, value);
    }
    if (form.items) for (const [below, value] of schemaKeys(form.items, `${path}[]`)) keys.set(below, value);
    if (form !== node && (form.anyOf ?? form.oneOf))
      for (const [below, value] of schemaKeys(form, path)) keys.set(below, value);
  }
  return keys;
}

/** Rows `| `key` | default | meaning |` of the page. */
const rows = new Map(
  [...page.matchAll(/^\| `([^`]+)`\s*\|([^|]*)\|/gm)].map(([, key = '', value = '']) => [key, value.trim()]),
);
const keys = schemaKeys(configJsonSchema() as SchemaNode);

test('every key is explained', t => {
  t.deepEqual(
    [...keys.keys()].filter(key => !rows.has(key)),
    [],
  );
});

test('no key is explained that does not exist', t => {
  t.deepEqual(
    [...rows.keys()].filter(key => !keys.has(key)),
    [],
  );
});

test('every default is told as it is', t => {
  const wrong = [...keys]
    .filter(([, value]) => value !== undefined && typeof value !== 'object')
    .filter(([key, value]) => rows.get(key) !== `\`${value}\``)
    .map(([key, value]) => `${key}: ${rows.get(key)} instead of ${value}`);
  t.deepEqual(wrong, []);
});

test('every example of the page is a valid configuration', t => {
  const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  t.true(examples.length > 2);
  for (const example of examples) {
    const checked = checkConfig(example, 'example');
    t.true('config' in checked, 'problems' in checked ? checked.problems.map(formatProblem).join('\n') : '');
  }
});

test('the published JSON Schema is the current one', t => {
  t.deepEqual(
    JSON.parse(readFileSync('docs/dunlin.schema.json', 'utf8')),
    JSON.parse(JSON.stringify(configJsonSchema())),
  );
});
