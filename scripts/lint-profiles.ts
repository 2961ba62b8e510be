import {checkYaml} from '../src/config/check.ts';
import {formatProblem} from '../src/config/problem.ts';
import {type Profile, profileSchema} from '../src/profile/schema.ts';

export interface ProfileFile {
  readonly name: string;
  readonly text: string;
}

/** Everything wrong with a set of profiles, one line each; empty when they may ship. */
export function lintProfiles(files: readonly ProfileFile[]): string[] {
  const problems: string[] = [];
  const profiles: Profile[] = [];
  for (const {name, text} of files) {
    const checked = checkYaml(profileSchema, text, name);
    if ('problems' in checked) {
      problems.push(...checked.problems.map(formatProblem));
      continue;
    }
    profiles.push(checked.value);
    problems.push(...lintOne(checked.value, name));
  }
  return [...problems, ...lintTogether(profiles)];
}

function lintOne(profile: Profile, name: string): string[] {
  const paths = Object.keys(profile.sources);
  const unsourced = numberPaths(profile, []).filter(path => !paths.some(source => covers(source, path)));
  const idle = paths.filter(path => dig(profile, path) === undefined);
  return [
    ...(name === `${profile.id}.json` ? [] : [`${name}: expected the file name ${profile.id}.json, after its id`]),
    ...unsourced.map(path => `${name}: ${path}: a number without a source. Name it in "sources".`),
    ...idle.map(path => `${name}: sources.${path}: the profile has no such key. Remove it, or correct the path.`),
  ];
}

/** Two boards may not share a sign that is meant to be theirs alone, or the choice between them would be by name. */
function lintTogether(profiles: readonly Profile[]): string[] {
  const owners = new Map<string, string>();
  const problems: string[] = [];
  for (const profile of profiles) {
    for (const fingerprint of profile.fingerprints) {
      const sign = JSON.stringify(fingerprint);
      const owner = owners.get(sign);
      if (owner !== undefined) problems.push(`${profile.id}.json: has the same fingerprint as ${owner}.json: ${sign}`);
      owners.set(sign, profile.id);
    }
  }
  return problems;
}

/** Dotted paths of every number; scores only order our own guesses and need no source. */
function numberPaths(value: unknown, path: readonly string[]): string[] {
  if (typeof value === 'number') return [path.join('.')];
  if (typeof value !== 'object' || value === null) return path.join('.') === 'glibc' ? ['glibc'] : [];
  return Object.entries(value)
    .filter(([key]) => !(path.length === 0 && (key === 'fingerprints' || key === 'sources')))
    .flatMap(([key, child]) => numberPaths(child, [...path, key]));
}

function covers(source: string, path: string): boolean {
  return path === source || path.startsWith(`${source}.`);
}

function dig(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((current, key) => (current as Record<string, unknown> | undefined)?.[key], value);
}
