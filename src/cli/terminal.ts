import {styleText} from 'node:util';
import {exitStatusByCode} from '../error/codes.ts';
import {DunlinError} from '../error/errors.ts';

/** Where a command prints; tests hand in their own. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** True when stdout is a terminal and NO_COLOR is unset. */
  readonly color: boolean;
}

export const processTerminal: Terminal = {
  out: text => void process.stdout.write(text),
  err: text => void process.stderr.write(text),
  color: process.stdout.isTTY === true && !process.env.NO_COLOR,
};

/** Names and labels come from files that anyone may have made: no control character of theirs reaches the terminal. */
export function visible(text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, '·');
}

/** `text` in a style where colours are on. */
export function styled(
  terminal: Terminal,
  style: 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan',
  text: string,
): string {
  return terminal.color ? styleText(style, visible(text)) : visible(text);
}

/** Rows as left-aligned columns, two spaces apart; numbers are right-aligned. */
export function table(cells: readonly (readonly (string | number)[])[]): string {
  const rows = cells.map(row =>
    row.map(cell => (typeof cell === 'number' ? cell : visible(cell).replaceAll('\n', ' '))),
  );
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, String(cell).length);
    });
  }
  const line = (row: readonly (string | number)[]) =>
    row
      .map((cell, column) =>
        typeof cell === 'number' ? String(cell).padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd();
  return `${rows.map(line).join('\n')}\n`;
}

/** Prints an error as a person needs it and gives the process's exit status; anything not thrown on purpose is a bug: 70. */
export function reportError(terminal: Terminal, error: unknown, asJson: boolean): number {
  if (!(error instanceof DunlinError)) {
    terminal.err(`dunlin: this is a bug, please report it: ${error instanceof Error ? error.stack : String(error)}\n`);
    return 70;
  }
  const {code, message, hint} = error;
  if (asJson) terminal.out(`${JSON.stringify({error: {code, message, hint}})}\n`);
  terminal.err(
    `${styled(terminal, 'red', 'error')} ${code}: ${visible(message)}\n${styled(terminal, 'dim', 'what to do')}: ${visible(hint)}\n`,
  );
  return exitStatusByCode[code];
}
