import {execFile} from 'node:child_process';
import {DelegateUnavailableError} from '../../error/errors.ts';
import type {HostEngine} from './contract.ts';
import {findHostProgram} from './program.ts';

export interface ListRequest {
  readonly engine: HostEngine;
  /** The engine's library, opened in a process of its own. */
  readonly library: string;
  /** Milliseconds until the library counts as hung; 10 seconds unless given. */
  readonly timeoutMs?: number;
  /** Added to the process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface HostListing {
  /** `openvino 2026.1.0`. */
  readonly version: string;
  /** What the library offers; empty for an engine that has no such question. */
  readonly devices: readonly {readonly id: string; readonly name: string}[];
}

/**
 * What a library offers, asked in a process of its own: one that crashes or hangs while it looks is an error, and no more.
 *
 * @throws {NativeUnavailableError} the host program is missing
 * @throws {DelegateUnavailableError} the library cannot be opened, crashes, or hangs
 */
export async function listHostDevices(request: ListRequest): Promise<HostListing> {
  const [version = '', ...lines] = (await run(request)).split('\n');
  const devices = lines.filter(Boolean).map(line => {
    const [id = '', name = id] = line.split('\t');
    return {id, name};
  });
  return {version, devices};
}

function run({engine, library, timeoutMs = 10_000, env}: ListRequest): Promise<string> {
  const options = {
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: 1 << 20,
    env: {...process.env, ...env},
  } as const;
  const program = findHostProgram();
  return new Promise((resolve, reject) => {
    execFile(program, ['--engine', engine, '--library', library, '--list'], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const said = stderr
        .trim()
        .split('\n')
        .at(-1)
        ?.replace(/^dunlin-host: /, '');
      reject(
        new DelegateUnavailableError(
          `${engine}: ${library} ${failure(error, timeoutMs)}${said ? `: ${said}` : ''}`,
          'Check that the library is installed and fits this system.',
          {cause: error},
        ),
      );
    });
  });
}

function failure(error: Error & {killed?: boolean; signal?: string | null}, timeoutMs: number): string {
  if (error.killed) return `did not tell its devices within ${timeoutMs} ms`;
  if (error.signal) return `crashed while it was asked for its devices (${error.signal})`;
  return 'cannot be used';
}
