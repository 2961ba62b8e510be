import {main} from '../../src/cli/main.ts';

export interface CliRun {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  /** One object per line of stdout. */
  json<T>(): T[];
}

/** Runs a command of the CLI in this process. */
export async function cli(...argv: readonly string[]): Promise<CliRun> {
  let out = '';
  let err = '';
  const status = await main(argv, {
    out: text => {
      out += text;
    },
    err: text => {
      err += text;
    },
    color: false,
  });
  return {
    status,
    out,
    err,
    json: <T>() =>
      out
        .split('\n')
        .filter(Boolean)
        .map(line => JSON.parse(line) as T),
  };
}
