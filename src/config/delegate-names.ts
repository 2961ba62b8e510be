import {nearest} from '../error/nearest.ts';
import {delegateIds, splitChoice} from './delegates.ts';
import type {Complaint} from './issues.ts';
import {type Located, type Path, valueAt} from './located.ts';

/** Names that pipelines use and that nothing sets up, and names that stand for no built-in delegate. */
export function delegateComplaints(root: Located): Complaint[] {
  const configured = [...(valueAt(root, ['delegates'])?.entries?.keys() ?? [])];
  const known = [...new Set([...delegateIds, ...configured])];
  return [...configured.flatMap(name => entryComplaints(root, name)), ...choiceComplaints(root, known)];
}

const isBuiltIn = (name: string) => (delegateIds as readonly string[]).includes(name);

function entryComplaints(root: Located, name: string): Complaint[] {
  const use = valueAt(root, ['delegates', name, 'use'])?.value;
  if (use === undefined && !isBuiltIn(name)) return withoutUse(root, name);
  if (!isBuiltIn(name) || use === name || typeof use !== 'string' || !isBuiltIn(use)) return [];
  return [
    {
      path: ['delegates', name, 'use'],
      at: 'value',
      kind: 'bad-value',
      expected: `${name}, because that is a built-in delegate's own name`,
      hint: `Give the ${use} delegate a name of its own.`,
    },
  ];
}

function withoutUse(root: Located, name: string): Complaint[] {
  const path = ['delegates', name];
  if (name === 'auto' || valueAt(root, path)?.entries === undefined) return [];
  const near = nearest(name, delegateIds);
  return [
    {
      path,
      at: 'key',
      kind: 'bad-key',
      got: `${name} without "use"`,
      expected: `one of ${delegateIds.join(', ')}, or a name of your own with "use"`,
      hint: near === undefined ? `Say which of them "${name}" is: use: remote.` : `Did you mean "${near}"?`,
    },
  ];
}

function choiceComplaints(root: Located, known: readonly string[]): Complaint[] {
  const users = [['pipelines'], ['http', 'models']].flatMap(path =>
    [...(valueAt(root, path)?.entries?.keys() ?? [])].map(name => [...path, name, 'delegates']),
  );
  return users.flatMap(path => {
    const located = valueAt(root, path);
    if (typeof located?.value === 'string') return choiceComplaint(located.value, path, known);
    return (located?.items ?? []).flatMap(({value}, index) => {
      if (typeof value === 'string') return choiceComplaint(value, [...path, index], known);
      const id = valueAt(root, [...path, index, 'id'])?.value;
      return typeof id === 'string' ? nameComplaint(id, [...path, index, 'id'], known) : [];
    });
  });
}

function choiceComplaint(text: string, path: Path, known: readonly string[]): Complaint[] {
  if (text === 'auto' || text === '') return [];
  const {id, device} = splitChoice(text);
  if (device !== '') return nameComplaint(id, path, known);
  const expected = 'a device after the colon';
  return [{path, at: 'value', kind: 'bad-value', expected, hint: 'Run `dunlin devices` for their names.'}];
}

function nameComplaint(name: string, path: Path, known: readonly string[]): Complaint[] {
  if (name === '' || known.includes(name)) return [];
  const near = nearest(name, known);
  return [
    {
      path,
      at: 'value',
      kind: 'bad-value',
      expected: `one of ${known.join(', ')}`,
      hint:
        near === undefined ? `Set "${name}" up under "delegates" at the top of the file.` : `Did you mean "${near}"?`,
    },
  ];
}
