import pino from 'pino';
import type {Log} from '../log/log.ts';

/** A pino logger on stderr: JSON lines, or one readable line each. Stdout is kept for results. */
export function createLog(level: string, asJson: boolean): Log {
  return asJson ? pino({level, base: {}}, pino.destination({fd: 2, sync: true})) : readableLog(level);
}

const order = ['debug', 'info', 'warn', 'error'] as const;

function readableLog(level: string, base: Record<string, unknown> = {}): Log {
  const from = (order as readonly string[]).indexOf(level);
  const line = (name: (typeof order)[number]) => (fields: object, message: string) => {
    if (from < 0 || order.indexOf(name) < from) return;
    const all = {...base, ...fields} as Record<string, unknown>;
    const rest = Object.entries(all).filter(([, value]) => value !== undefined);
    const tail = rest
      .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
      .join(' ');
    process.stderr.write(
      `${new Date().toISOString().slice(11, 19)} ${name.padEnd(5)} ${message}${tail === '' ? '' : `  (${tail})`}\n`,
    );
  };
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    child: fields => readableLog(level, {...base, ...fields}),
  };
}
