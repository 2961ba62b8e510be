import {cpus, loadavg, totalmem} from 'node:os';
import {table} from '../../src/cli/terminal.ts';

/** One measured figure. */
export interface Row {
  readonly bench: string;
  readonly what: string;
  readonly peer: string;
  readonly value: number;
  readonly unit: string;
  /** Against the row's base (bare C, idle), the median of the ratios of each round. */
  readonly ratio?: number;
  readonly target?: string;
  readonly met?: boolean;
}

/** One line on stderr about what is being done. */
export function progress(text: string): void {
  process.stderr.write(`bench ${new Date().toISOString().slice(11, 19)}  ${text}\n`);
}

/** What the figures were measured on. */
export function machine() {
  return {
    cpu: cpus()[0]?.model.trim(),
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    arch: process.arch,
    node: process.version,
    /** Over the last minute, before the first bench: above 0 others were at work. */
    load: loadavg()[0],
  };
}

export function render(rows: readonly Row[]): string {
  const lines = rows.map(({bench, what, peer, value, unit, ratio, target, met}) => [
    bench,
    what,
    peer,
    `${value.toPrecision(4)} ${unit}`,
    ratio === undefined ? '' : `${ratio.toFixed(3)}×`,
    target === undefined ? '' : `target ${target}: ${met ? 'met' : 'MISSED'}`,
  ]);
  return table([['bench', 'what', 'peer', 'median', 'ratio', ''], ...lines]);
}
