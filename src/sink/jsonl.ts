import {createWriteStream} from 'node:fs';
import type {Writable} from 'node:stream';
import {finished} from 'node:stream/promises';
import {SinkError} from '../error/errors.ts';
import type {Event} from '../event/event.ts';
import type {Log} from '../log/log.ts';
import type {ResultMessage, Sink} from './contract.ts';
import {encodeEvent, encodeResult} from './mqtt/encode.ts';

export interface JsonlSinkParts {
  /** A file, which is appended to, or a stream that stays open (standard output). */
  readonly target: string | Writable;
  readonly log: Log;
  /** Lines are dropped while more than this waits to be written; 1 MiB when absent. */
  readonly maxBufferedBytes?: number;
  /** Every frame's result too, not only events; true when absent. */
  readonly results?: boolean;
}

const defaultBytes = 1024 * 1024;

export interface JsonlSink extends Sink {
  readonly counters: {readonly written: number; readonly dropped: number};
}

/**
 * Results and events as JSON lines: `{"kind":"event",…}` with the fields that MQTT carries.
 * A disk or reader that is too slow costs lines, which are counted, never memory or frames.
 *
 * `start()` throws {@link SinkError} when the file cannot be opened.
 */
export function createJsonlSink(parts: JsonlSinkParts): JsonlSink {
  return new LineSink(parts);
}

/** Pause before a file that could not be written (disk full) is opened again. */
const reopenMs = 10_000;

class LineSink implements JsonlSink {
  readonly #parts: JsonlSinkParts;
  #stream: Writable | undefined;
  #reopenAt = Number.POSITIVE_INFINITY;
  #stopped = false;
  #written = 0;
  #dropped = 0;

  constructor(parts: JsonlSinkParts) {
    this.#parts = parts;
  }

  get counters() {
    return {written: this.#written, dropped: this.#dropped};
  }

  async start(): Promise<void> {
    const {target} = this.#parts;
    this.#use(typeof target === 'string' ? await openFile(target) : target);
  }

  publishResult(message: ResultMessage): void {
    if (this.#parts.results !== false) this.#write('result', () => encodeResult(message));
  }

  publishResultText(_pipeline: string, text: string): void {
    if (this.#parts.results !== false) this.#write('result', () => text);
  }

  publishEvent(event: Event): void {
    this.#write('event', () => encodeEvent(event));
  }

  publishState(): void {}
  publishCount(): void {}
  publishSnapshot(): void {}

  async stop(deadlineMs: number): Promise<void> {
    const stream = this.#stream;
    this.#stopped = true;
    this.#stream = undefined;
    if (stream === undefined) return;
    const ownsStream = typeof this.#parts.target === 'string';
    await flush(stream, ownsStream, deadlineMs).catch(() => undefined);
    if (ownsStream) stream.destroy();
    else stream.off('error', this.#onError);
  }

  #use(stream: Writable): void {
    stream.on('error', this.#onError);
    this.#stream = stream;
  }

  #write(kind: string, json: () => string): void {
    if (this.#stream === undefined) this.#reopen();
    if (this.#stream === undefined || this.#stream.writableLength > (this.#parts.maxBufferedBytes ?? defaultBytes)) {
      this.#dropped++;
      return;
    }
    this.#written++;
    this.#stream.write(`{"kind":"${kind}",${json().slice(1)}\n`);
  }

  readonly #onError = (error: Error): void => {
    if (this.#stream === undefined) return;
    this.#parts.log.error({error: error.message}, 'jsonl: cannot write; lines are dropped until this works again');
    this.#stream = undefined;
    if (typeof this.#parts.target === 'string') this.#reopenAt = performance.now() + reopenMs;
  };

  #reopen(): void {
    const {target, log} = this.#parts;
    if (this.#stopped || typeof target !== 'string' || performance.now() < this.#reopenAt) return;
    this.#reopenAt = Number.POSITIVE_INFINITY;
    openFile(target).then(
      stream => {
        if (this.#stopped) stream.destroy();
        else this.#use(stream);
      },
      (error: SinkError) => {
        log.debug({hint: error.hint}, error.message);
        this.#reopenAt = performance.now() + reopenMs;
      },
    );
  }
}

async function openFile(path: string): Promise<Writable> {
  const stream = createWriteStream(path, {flags: 'a'});
  return await new Promise((resolve, reject) => {
    stream.once('open', () => resolve(stream));
    stream.once('error', cause => {
      const reason = (cause as NodeJS.ErrnoException).code ?? cause.message;
      const hint = 'Name a file in an existing folder that this user may write.';
      reject(new SinkError(`jsonl: cannot open ${path}: ${reason}`, hint, {cause}));
    });
  });
}

async function flush(stream: Writable, end: boolean, deadlineMs: number): Promise<void> {
  const done = end ? finished(stream.end()) : new Promise<void>(resolve => stream.write('', () => resolve()));
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<void>(resolve => {
    timer = setTimeout(resolve, Math.max(1, deadlineMs));
  });
  await Promise.race([done, expired]).finally(() => clearTimeout(timer));
}
