import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import type {HostedOptions, Lane} from '../../src/native/api.ts';
import {findHostProgram} from '../../src/native/host/program.ts';
import {loadNative} from '../../src/native/load.ts';

/** A process that speaks the host program's protocol, or pretends to, driven through the bare addon. */
export class RawHost {
  readonly child: ChildProcess;
  readonly exited: Promise<readonly [code: number | null, signal: NodeJS.Signals | null]>;
  printed = '';
  #parent: number | undefined;

  constructor(program: string, programArguments: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const {parent, child} = loadNative().hostPair();
    this.#parent = parent;
    this.child = spawn(program, programArguments, {
      stdio: ['ignore', 'ignore', 'pipe', child],
      env: {...process.env, ...env},
    });
    loadNative().hostClose(child);
    this.child.stderr?.on('data', chunk => {
      this.printed += String(chunk);
    });
    this.exited = once(this.child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  }

  /** The real program with this TFLite library. */
  static tflite(library: string, env: Readonly<Record<string, string>> = {}): RawHost {
    return new RawHost(findHostProgram(), ['--engine', 'tflite', '--library', library, '--control', '3'], env);
  }

  connect(): number {
    return loadNative().hostConnect(this.#parent ?? -1);
  }

  /** Opens a model of test/doubles/tflite-double.c, or any bytes. */
  open(lane: Lane, model: string | Uint8Array, options: Partial<HostedOptions> = {}) {
    const bytes = typeof model === 'string' ? Buffer.from(model) : model;
    const defaults = {model: bytes, options: [], share: 1, timeoutMs: 10_000};
    return loadNative().hostedOpen(lane, this.connect(), {...defaults, ...options});
  }

  /** Closes the control socket; the program ends once its connections are closed too. */
  release(): void {
    if (this.#parent !== undefined) loadNative().hostClose(this.#parent);
    this.#parent = undefined;
  }

  /** Ends it at once. */
  async stop(): Promise<void> {
    this.release();
    this.child.kill('SIGKILL');
    await this.exited;
  }
}
