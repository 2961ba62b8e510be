import {checkConfig} from '../config/config.ts';
import {formatProblem, type Problem} from '../config/problem.ts';

/** What `dunlin config check` found in one file. */
export interface ConfigReport {
  readonly v: 1;
  readonly file: string;
  readonly ok: boolean;
  readonly problems: readonly Problem[];
  /** Names of the pipelines; empty when the file has problems. */
  readonly pipelines: readonly string[];
}

/** @param text the file's text */
export function buildConfigReport(text: string, file: string): ConfigReport {
  const checked = checkConfig(text, file);
  if ('problems' in checked) return {v: 1, file, ok: false, problems: checked.problems, pipelines: []};
  return {v: 1, file, ok: true, problems: [], pipelines: Object.keys(checked.config.pipelines)};
}

/** The report for people: a problem a line in the form that editors jump to, or one line that all is well. */
export function configText({file, ok, problems, pipelines}: ConfigReport): string {
  if (ok) return `${file}: good, ${pipelines.length === 0 ? 'no pipelines' : `pipelines ${pipelines.join(', ')}`}\n`;
  const count = `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`;
  return `${problems.map(formatProblem).join('\n')}\n${file}: ${count}\n`;
}
