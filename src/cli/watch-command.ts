import type {Terminal} from './terminal.ts';
import {watch} from './watch.ts';

/** `dunlin watch`: prints a node's topics until SIGINT or SIGTERM. @returns the exit status */
export async function watchCommand(
  url: string | undefined,
  options: {readonly prefix: string; readonly json?: boolean},
  terminal: Terminal,
): Promise<number> {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
  await watch({
    url: url ?? 'mqtt://127.0.0.1:1883',
    prefix: options.prefix,
    json: options.json === true,
    signal: ending.signal,
    write: terminal.out,
    note: terminal.err,
  });
  return 0;
}
