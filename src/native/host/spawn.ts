import {type ChildProcess, spawn} from 'node:child_process';
import {DelegateUnavailableError} from '../../error/errors.ts';
import {loadNative} from '../load.ts';
import type {HostRequest} from './contract.ts';
import {findHostProgram} from './program.ts';

/** How a host program ended. One of `code` and `signal` is null. */
export interface HostEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last line that it, or the library in it, printed. */
  readonly lastWords?: string;
}

/** A running host program. */
export interface SpawnedHost {
  readonly pid: number;
  /** For `hostConnect`. The program ends once this and all connections are closed (`hostClose`). */
  readonly parentSocket: number;
  /** Never rejects. Keeps this process alive, so that whoever started a program sees it end. */
  readonly exited: Promise<HostEnd>;
  /** SIGKILL: a hung library hears nothing else. Does nothing once it has ended. */
  kill(): void;
}

/** Bytes of what it printed that are kept. */
const keptBytes = 2048;
/** How long its last words may take after its end. */
const lastWordsMs = 200;
/** Descriptor of the control socket in the program. */
const controlFd = 3;

/**
 * Starts the program that owns a device.
 *
 * @throws {NativeUnavailableError} the program is missing
 * @throws {DelegateUnavailableError} the system starts no more processes
 */
export function spawnHost(request: HostRequest): SpawnedHost {
  const program = findHostProgram();
  const addon = loadNative();
  const {parent, child: childSocket} = addon.hostPair();
  const named = ['--engine', request.engine, '--library', request.library, '--name', request.key];
  try {
    const child = spawn(program, [...named, '--control', String(controlFd)], {
      stdio: ['ignore', 'ignore', 'pipe', childSocket],
      env: {...process.env, ...request.env},
    });
    const exited = endOf(child);
    if (child.pid === undefined) throw cannotStart(request, program, exited);
    return {pid: child.pid, parentSocket: parent, exited, kill: () => void child.kill('SIGKILL')};
  } catch (error) {
    addon.hostClose(parent);
    throw error;
  } finally {
    addon.hostClose(childSocket);
  }
}

function cannotStart(request: HostRequest, program: string, cause: Promise<HostEnd>): DelegateUnavailableError {
  return new DelegateUnavailableError(
    `${request.key}: ${program} cannot be started`,
    'Check that the file may be executed, and that the system has processes and memory left.',
    {cause},
  );
}

function endOf(child: ChildProcess): Promise<HostEnd> {
  let printed = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    printed = (printed + text).slice(-keptBytes);
  });
  return new Promise(resolve => {
    const end = (code: number | null, signal: NodeJS.Signals | null) => {
      const lastWords = printed.trimEnd().split('\n').at(-1)?.trim();
      resolve({code, signal, ...(lastWords ? {lastWords} : {})});
    };
    // What it printed last may come after "exit"; but a process that the library left behind may hold the pipe for ever.
    child.once('close', end);
    child.once('exit', (code, signal) => {
      const giveUp = () => {
        end(code, signal);
        child.stderr?.destroy();
      };
      setTimeout(giveUp, lastWordsMs).unref();
    });
    child.once('error', error => {
      printed += `\n${error.message}`;
      if (child.pid === undefined) end(null, null);
    });
  });
}
