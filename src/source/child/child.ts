import {type ChildProcess, spawn} from 'node:child_process';
import type {Readable} from 'node:stream';
import {deathSignalPrefix} from './death-signal.ts';
import {LineSplitter} from './lines.ts';

export interface ChildSpec {
  /** Full path. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Takes secrets out of what the program prints. */
  readonly redact: (text: string) => string;
  /** Sees every line of stderr first; true keeps the line out of the tail. */
  readonly onLine?: (line: string) => boolean;
  /** No more lines will come. Its stdout may still hold bytes. */
  readonly onLinesEnd?: () => void;
}

/** How a child ended, and the last lines that it printed on stderr. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly tail: readonly string[];
}

const tailLines = 8;
const termGraceMs = 500;
/** A process that ignores SIGKILL for so long sits in a driver; waiting for it would take the source with it. */
const killGraceMs = 3000;

/**
 * A program in a process group of its own. It dies with this thread, however that ends (see
 * `deathSignalPrefix`), and takes its own children along when it ends or is killed.
 */
export class Child {
  readonly pid: number | undefined;
  /** Resolves once it is gone and its output has been read or closed. Rejects when it could not be started. */
  readonly exited: Promise<ChildExit>;
  readonly #process: ChildProcess & {readonly stdout: Readable; readonly stderr: Readable};
  #gone = false;
  #unwanted = false;
  #abandon: () => void = () => {};

  private constructor(spec: ChildSpec, prefix: readonly string[]) {
    const [program = '', ...args] = [...prefix, spec.program, ...spec.args];
    this.#process = spawn(program, args, {detached: true, env: spec.env, stdio: ['ignore', 'pipe', 'pipe']});
    this.pid = this.#process.pid;
    this.exited = this.#watch(spec);
    this.exited.catch(() => {});
  }

  /** Starts it. When `signal` aborts it is asked to end (SIGTERM), and killed half a second later. */
  static async start(spec: ChildSpec, signal: AbortSignal): Promise<Child> {
    const child = new Child(spec, await deathSignalPrefix(process.env));
    const onAbort = () => void child.stop();
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, {once: true});
    child.exited.finally(() => signal.removeEventListener('abort', onAbort)).catch(() => {});
    return child;
  }

  /** What it prints on stdout, read no faster than asked for. Ends quietly when the child is stopped. */
  async *chunks(): AsyncGenerator<Buffer, void, void> {
    try {
      yield* this.#process.stdout as AsyncIterable<Buffer>;
    } catch (error) {
      if (!this.#unwanted) throw error;
    }
  }

  /** Asks it to end, then makes it. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#refuseOutput();
    this.#signal('SIGTERM');
    const timer = setTimeout(() => void this.kill(), termGraceMs);
    await this.exited.catch(() => {});
    clearTimeout(timer);
  }

  /** SIGKILL to the whole group; works on stopped processes too. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#refuseOutput();
    this.#signal('SIGKILL');
    const timer = setTimeout(() => this.#abandon(), killGraceMs);
    await this.exited.catch(() => {});
    clearTimeout(timer);
  }

  #watch({redact, onLine, onLinesEnd}: ChildSpec): Promise<ChildExit> {
    const {stdout, stderr} = this.#process;
    const tail: string[] = [];
    const splitter = new LineSplitter(line => {
      if (onLine?.(line) === true) return;
      if (tail.length === tailLines) tail.shift();
      tail.push(redact(line));
    });
    stderr.setEncoding('utf8').on('data', (text: string) => splitter.push(text));
    stderr.on('error', () => {});
    stderr.once('close', () => {
      splitter.end();
      onLinesEnd?.();
    });
    stdout.on('error', () => {});
    return new Promise((resolve, reject) => {
      this.#abandon = () => {
        this.#process.unref();
        stderr.destroy();
        resolve({code: null, signal: 'SIGKILL', tail});
      };
      this.#process.once('error', error => {
        this.#gone = true;
        reject(error);
      });
      this.#process.once('exit', () => {
        this.#signal('SIGKILL');
        this.#gone = true;
      });
      this.#process.once('close', (code, signal) => resolve({code, signal, tail}));
    });
  }

  /** Closes our end of its stdout, so that a full pipe cannot keep it from ending. */
  #refuseOutput(): void {
    this.#unwanted = true;
    this.#process.stdout.destroy();
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#gone || this.pid === undefined) return;
    try {
      process.kill(-this.pid, signal);
    } catch {
      // No such group: everything in it has ended.
    }
  }
}
