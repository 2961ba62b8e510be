import {ConfigError} from '../error/errors.ts';

/** One thing wrong in a configuration file. Lines and columns count from 1. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Dotted path, `pipelines.door.threshold`; empty for the file as a whole. */
  readonly key: string;
  /** What the file says; secrets are hidden. */
  readonly got: string;
  readonly expected: string;
  /** What to do about it: one sentence. */
  readonly hint: string;
}

/** `dunlin.yaml:4:16: pipelines.door.threshold: expected a number from 0 to 1, got 1.5. <hint>` on one line. */
export function formatProblem(problem: Problem): string {
  const {file, line, column, key, got, expected, hint} = problem;
  const where = key === '' ? `${file}:${line}:${column}` : `${file}:${line}:${column}: ${key}`;
  return `${where}: expected ${expected}, got ${got}${hint === '' ? '' : `. ${hint}`}`;
}

/** A file with one or more problems; the message lists all of them, one a line. */
export class ConfigProblemsError extends ConfigError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(
      problems.map(formatProblem).join('\n'),
      'Correct the lines named above, then run `dunlin config check` on the file; docs/configuration.md explains every key.',
    );
    this.problems = problems;
  }
}
