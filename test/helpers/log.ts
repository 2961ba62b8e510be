import type {Log} from '../../src/log/log.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: object;
}

/** A log that keeps its lines; `until` resolves once one fits. */
export interface KeptLog extends Log {
  readonly lines: readonly LogLine[];
  until(fits: (line: LogLine) => boolean): Promise<LogLine>;
}

export function keepLog(): KeptLog {
  const lines: LogLine[] = [];
  const waiting = new Set<(line: LogLine) => void>();
  const keep = (level: LogLine['level']) => (fields: object, message: string) => {
    const line = {level, message, fields};
    lines.push(line);
    for (const check of [...waiting]) check(line);
  };
  const log: KeptLog = {
    lines,
    debug: keep('debug'),
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
    child: () => log,
    until: fits =>
      new Promise(resolve => {
        const known = lines.find(fits);
        if (known) resolve(known);
        const check = (line: LogLine) => {
          if (!fits(line)) return;
          waiting.delete(check);
          resolve(line);
        };
        if (!known) waiting.add(check);
      }),
  };
  return log;
}
