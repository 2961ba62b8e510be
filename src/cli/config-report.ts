import {dirname} from 'node:path';
import {checkConfig} from '../config/config.ts';
import {formatProblem, type Problem} from '../config/problem.ts';
import {delegateProblems} from '../daemon/delegate-options.ts';

/** What `dunlin config check` found in one file. */
export interface ConfigReport {
  readonly v: 1;
  readonly file: string;
  readonly ok: boolean;
  readonly problems: readonly Problem[];
  /** Names of the pipelines; empty when the file has problems. */
  readonly pipelines: readonly string[];
}

/** Problems of the file, then those that the delegates find in their options. @param text the file's text */
export async function buildConfigReport(text: string, file: string): Promise<ConfigReport> {
  const checked = checkConfig(text, file, {folder: dirname(file)});
  const problems = 'problems' in checked ? checked.problems : await delegateProblems(checked);
  if ('problems' in checked || problems.length > 0) return {v: 1, file, ok: false, problems, pipelines: []};
  return {v: 1, file, ok: true, problems: [], pipelines: Object.keys(checked.config.pipelines)};
}

/** The report for people: a problem a line in the form that editors jump to, or one line that all is well. */
export function configText({file, ok, problems, pipelines}: ConfigReport): string {
  if (ok) return `${file}: good, ${pipelines.length === 0 ? 'no pipelines' : `pipelines ${pipelines.join(', ')}`}\n`;
  const count = `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`;
  return `${problems.map(formatProblem).join('\n')}\n${file}: ${count}\n`;
}
