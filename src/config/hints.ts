import {nearest} from '../error/nearest.ts';
import {formsAt, keysAt, placesOf, type SchemaNode} from './expected.ts';
import type {Complaint} from './issues.ts';

/** Words from other programs' configurations, and what they are called here. */
const otherNames: Readonly<Record<string, string>> = {
  cameras: 'pipelines',
  camera: 'source',
  input: 'source',
  detectors: 'delegates',
  detector: 'delegates',
  delegate: 'delegates',
  device: 'delegates',
  host: 'url',
  server: 'url',
  broker: 'url',
  user: 'username',
  topic_prefix: 'prefix',
  fps: 'maxFps',
  confidence: 'threshold',
  min_score: 'threshold',
  num_threads: 'threads',
  verbosity: 'level',
};

const inlineSecret =
  'Write it to a file that only the daemon can read (chmod 600) and name that file with passwordFile, or name an environment variable with passwordEnv.';

/** One sentence of what to do about a complaint; empty when the expectation already says it. */
export function hintFor(complaint: Complaint, value: unknown, tree: SchemaNode): string {
  switch (complaint.kind) {
    case 'unknown-key':
      return unknownKeyHint(complaint, tree);
    case 'missing':
      return describeKey(complaint, tree) || `Add "${String(complaint.path.at(-1))}".`;
    case 'bad-key':
      return 'Rename it.';
    case 'bad-value':
      return valueHint(complaint, value, tree);
  }
}

function unknownKeyHint({path}: Complaint, tree: SchemaNode): string {
  const key = String(path.at(-1));
  const siblings = keysAt(tree, path.slice(0, -1));
  if (/^pass(word|wd)?$/i.test(key) && siblings.includes('passwordFile')) return inlineSecret;
  const other = otherNames[key.toLowerCase()];
  const near = nearest(key, siblings) ?? (other !== undefined && siblings.includes(other) ? other : undefined);
  if (near !== undefined) return `Did you mean "${near}"?`;
  const [place] = placesOf(tree, key);
  if (place !== undefined) return `"${key}" belongs at ${place}.`;
  return siblings.length === 0 ? 'Remove it.' : `Known keys here: ${siblings.join(', ')}.`;
}

function valueHint({path}: Complaint, value: unknown, tree: SchemaNode): string {
  const forms = formsAt(tree, path);
  const types = new Set(forms.map(form => form.type));
  if (typeof value === 'string') {
    const near = nearest(value, forms.flatMap(form => form.enum ?? []).map(String));
    if (near !== undefined) return `Did you mean "${near}"?`;
    if (types.has('boolean') && /^(yes|no|on|off|y|n|true|false)$/i.test(value)) {
      return 'Write true or false, without quotes.';
    }
    if ((types.has('number') || types.has('integer')) && value.trim() !== '' && Number.isFinite(Number(value))) {
      return 'Remove the quotes.';
    }
    if (types.has('array')) return 'Put it in a list: [value].';
  }
  if ((typeof value === 'number' || typeof value === 'boolean') && types.has('string'))
    return 'Put the value in quotes.';
  return describeKey({path}, tree);
}

function describeKey({path}: Pick<Complaint, 'path'>, tree: SchemaNode): string {
  const description = formsAt(tree, path.slice(0, -1))
    .map(form => form.properties?.[String(path.at(-1))]?.description)
    .find(text => text !== undefined);
  return description === undefined ? '' : `${String(path.at(-1))}: ${description}`;
}
