import type {CheckStatus, DoctorReport} from './doctor-report.ts';

/** Colours a status word; the caller knows whether colours are wanted. */
export type Paint = (status: CheckStatus, text: string) => string;

const plain: Paint = (_, text) => text;

/** The report for people: one line a check, what was chosen and what to do under it, a summary at the end. */
export function doctorText(report: DoctorReport, paint: Paint = plain): string {
  const width = Math.max(...report.checks.map(({id}) => id.length));
  const indent = ' '.repeat(width + 8);
  const lines = report.checks.flatMap(({id, status, found, chosen, remedy}) => [
    `${paint(status, status.padEnd(4))}  ${id.padEnd(width)}  ${found}`,
    ...(chosen === undefined ? [] : [`${indent}chosen: ${chosen}`]),
    ...(remedy === undefined ? [] : [`${indent}to do:  ${remedy}`]),
  ]);
  const notes = report.profile.notes.map(note => `- ${note}`);
  const aboutBoard = notes.length === 0 ? [] : ['', `About the ${report.profile.name}:`, ...notes];
  return `${[...lines, ...aboutBoard, '', summary(report)].join('\n')}\n`;
}

function summary({checks}: DoctorReport): string {
  const count = (status: CheckStatus) => checks.filter(check => check.status === status).length;
  const [failures, warnings] = [count('fail'), count('warn')];
  if (failures + warnings === 0) return 'All is well.';
  return `${failures} to repair, ${warnings} to know about, ${count('ok')} well.`;
}
