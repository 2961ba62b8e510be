import {Worker} from 'node:worker_threads';
import type {Frame} from '../../image/frame.ts';
import type {SourceContext} from '../context.ts';
import type {Source, SourceCounters, SourceHealth} from '../contract.ts';
import type {SourceOptions} from '../options.ts';
import {type FromThread, type ThreadStart, type ToThread, unpackError} from './messages.ts';

const entry = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
/** Longer than a source takes to end its children, the stubborn ones included. */
const endGraceMs = 6000;

/**
 * A live source that reads in a thread of its own. Its consumer may block its event loop for as long as it likes and
 * still gets the newest frame next; without that, what arrives meanwhile would wait in pipes and sockets and grow old.
 */
export class ThreadedSource implements Source {
  readonly live = true;
  readonly name: string;
  readonly #start: ThreadStart;
  readonly #context: SourceContext;
  readonly #listeners = new Set<(health: SourceHealth) => void>();
  #counters: SourceCounters;
  #health: SourceHealth;

  constructor(source: Source, uri: string, {options, context}: {options: SourceOptions; context: SourceContext}) {
    this.name = source.name;
    this.#counters = source.counters;
    this.#health = source.health;
    this.#context = context;
    this.#start = {uri, options, profileHwaccel: context.profileHwaccel, env: context.env};
  }

  get counters(): SourceCounters {
    return this.#counters;
  }

  get health(): SourceHealth {
    return this.#health;
  }

  onHealth(listener: (health: SourceHealth) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Frame, void, void> {
    if (signal.aborted) return;
    const thread = new SourceThread(this.#start, message => this.#note(message));
    const onAbort = () => thread.ask('end');
    signal.addEventListener('abort', onAbort, {once: true});
    try {
      for (let frame = await thread.next(); frame !== undefined; frame = await thread.next()) yield frame;
    } finally {
      signal.removeEventListener('abort', onAbort);
      await thread.end();
    }
  }

  #note(message: FromThread): void {
    if (message.kind === 'log') {
      this.#context.log[message.level](message.fields, message.message);
      return;
    }
    this.#counters = message.counters;
    if (message.kind !== 'health') return;
    this.#health = message.health;
    for (const listener of this.#listeners) listener(message.health);
  }
}

/** The worker thread, asked for one frame at a time. */
class SourceThread {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  #settle: (frame: Frame | undefined) => void = () => {};
  #fail: (error: Error) => void = () => {};

  constructor(start: ThreadStart, note: (message: FromThread) => void) {
    this.#worker = new Worker(entry, {workerData: start, name: `source ${start.uri.split(':')[0]}`});
    this.#worker.on('message', (message: FromThread) => {
      note(message);
      if (message.kind === 'frame') this.#settle(message.frame);
      if (message.kind === 'ended') this.#settle(undefined);
      if (message.kind === 'failed') this.#fail(unpackError(message.failure));
    });
    this.#worker.on('error', error => this.#fail(error));
    this.#exited = new Promise(resolve => {
      this.#worker.once('exit', () => {
        this.#settle(undefined);
        resolve();
      });
    });
  }

  /** Undefined when the source has ended. Rejects when it has failed. */
  next(): Promise<Frame | undefined> {
    return new Promise((resolve, reject) => {
      this.#settle = resolve;
      this.#fail = reject;
      this.ask('next');
    });
  }

  ask(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  /** Resolves when the thread, and with it everything that it started, is gone. */
  async end(): Promise<void> {
    this.ask('end');
    const timer = setTimeout(() => void this.#worker.terminate(), endGraceMs);
    await this.#exited;
    clearTimeout(timer);
  }
}
