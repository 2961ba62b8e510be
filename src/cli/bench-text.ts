import type {BenchRecord} from './bench-record.ts';
import type {Skipped} from './places.ts';
import {table} from './terminal.ts';

/** Stage by stage, a table per session. */
export function recordsText(records: readonly BenchRecord[]): string {
  const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  return records
    .map(({model, delegate, threads, runs, openMs, stagesMs, memoryBytes}) => {
      const rows = Object.entries(stagesMs).map(([stage, {min, median, p95, p99}]) => [
        stage,
        ...[min, median, p95, p99].map(ms => ms.toFixed(3)),
      ]);
      const memory = `memory ${megabytes(memoryBytes.beforeOpen)} before, ${megabytes(memoryBytes.afterRuns)} after`;
      return `${model} on ${delegate.id} (${delegate.engine}), ${threads} thread(s), ${runs} runs; opened in ${openMs.toFixed(0)} ms; ${memory}\n${table([['ms', 'min', 'median', 'p95', 'p99'], ...rows])}`;
    })
    .join('\n');
}

/** One line per delegate and device, fastest first; then why the others were not measured. */
export function comparisonText(model: string, records: readonly BenchRecord[], skipped: readonly Skipped[]): string {
  const run = ({stagesMs}: BenchRecord) => stagesMs.run ?? {min: 0, median: 0, p95: 0, p99: 0};
  const rows = records
    .toSorted((one, other) => run(one).median - run(other).median)
    .map(record => {
      const {delegate, threads, openMs, stagesMs} = record;
      const times = [run(record).median, run(record).p95, stagesMs.total?.median ?? 0].map(ms => ms.toFixed(3));
      return [delegate.id, delegate.device, delegate.engine, String(threads), ...times, openMs.toFixed(0)];
    });
  const heading = ['delegate', 'device', 'engine', 'threads', 'run p50', 'run p95', 'with picture p50', 'opened in'];
  const measured = records.length === 0 ? 'nothing could be measured\n' : table([heading, ...rows]);
  return `${model}, ${records[0]?.runs ?? 0} runs each, taking turns; ms\n${measured}${skippedText(skipped)}`;
}

function skippedText(skipped: readonly Skipped[]): string {
  const text = skippedLines(skipped);
  return text === '' ? '' : `\nnot measured\n${text}`;
}

/** Places with the reason and what to do about it. */
export function skippedLines(skipped: readonly Skipped[]): string {
  const lines = skipped.flatMap(({delegate, device, reason, remedy}) => [
    `${device === undefined ? delegate : `${delegate} ${device}`}: ${reason.replaceAll('\n', ' ')}`,
    ...(remedy === undefined ? [] : [`  to do: ${remedy}`]),
  ]);
  return lines.map(line => `  ${line}\n`).join('');
}
