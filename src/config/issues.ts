import type {z} from 'zod';
import type {Path} from './located.ts';

/** One complaint of zod about one place, with unions already decided. */
export interface Complaint {
  readonly path: Path;
  /** Where to point: at the value, or at the key itself (unknown or ill-named keys). */
  readonly at: 'value' | 'key';
  readonly kind: 'unknown-key' | 'missing' | 'bad-key' | 'bad-value';
  /** Wording given by the schema itself (a refinement or a named format). */
  readonly expected?: string;
  readonly hint?: string;
  /** In place of what the file says there. */
  readonly got?: string;
}

type Issue = z.core.$ZodIssue;

/** Flattens zod's issues. @param value the whole value that was parsed */
export function complaints(issues: readonly Issue[], value: unknown, base: Path = []): Complaint[] {
  return issues.flatMap(issue => complain(issue, value, [...base, ...issue.path]));
}

function complain(issue: Issue, value: unknown, path: Path): Complaint[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map(key => ({path: [...path, key], at: 'key', kind: 'unknown-key'}));
    case 'invalid_union':
      return unionComplaints(issue, value, path);
    case 'invalid_key': {
      const [first] = issue.issues;
      return [{path, at: 'key', kind: 'bad-key', ...(first ? ownWords(first) : {})}];
    }
    case 'invalid_type':
      return [{path, at: 'value', kind: dig(value, path) === undefined ? 'missing' : 'bad-value'}];
    default:
      return [{path, at: 'value', kind: 'bad-value', ...ownWords(issue)}];
  }
}

/**
 * A union fails in every branch; only the branch that the writer meant is worth reporting: the one whose own type
 * matches and that has the fewest complaints. Where none matches by type, the place as a whole is wrong.
 */
function unionComplaints(issue: Issue & {code: 'invalid_union'}, value: unknown, path: Path): Complaint[] {
  const branches = issue.errors
    .filter(errors => !errors.some(error => error.path.length === 0 && isWrongKind(error)))
    .map(errors => complaints(errors, value, path))
    .sort((one, other) => one.length - other.length);
  return branches[0] ?? [{path, at: 'value', kind: dig(value, path) === undefined ? 'missing' : 'bad-value'}];
}

function isWrongKind(issue: Issue): boolean {
  if (issue.code === 'invalid_union') return issue.errors.every(errors => errors.some(isWrongKind));
  return issue.code === 'invalid_type' || issue.code === 'invalid_value';
}

/** The message of a refinement or named format; zod's own standard messages say less than the schema does. */
function ownWords(issue: Issue): {expected?: string; hint?: string} {
  const standard = /^(Invalid|Too (big|small)|Unrecognized)\b/.test(issue.message);
  const hint = issue.code === 'custom' ? issue.params?.hint : undefined;
  return {
    ...(standard ? {} : {expected: issue.message.replace(/^expected /, '')}),
    ...(typeof hint === 'string' ? {hint} : {}),
  };
}

function dig(value: unknown, path: Path): unknown {
  let current = value;
  for (const part of path) {
    if (current === null || typeof current !== 'object' || !Object.hasOwn(current, part)) return undefined;
    current = (current as Record<PropertyKey, unknown>)[part];
  }
  return current;
}
