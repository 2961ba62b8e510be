import type {IncomingMessage} from 'node:http';
import {Refusal} from './refusal.ts';

/** Bytes of request bodies that may be held at a time, over all requests. */
export class BodyBudget {
  readonly #mostBytes: number;
  #heldBytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** @throws {Refusal} 503: the memory is taken */
  take(bytes: number): void {
    if (this.#heldBytes + bytes > this.#mostBytes) {
      throw new Refusal(503, 'too many large requests at a time; try again', {retryAfterS: 1});
    }
    this.#heldBytes += bytes;
  }

  giveBack(bytes: number): void {
    this.#heldBytes -= bytes;
  }
}

/** A body in memory of its own; its share of the budget stays taken until release(). */
export interface HeldBody {
  readonly bytes: ArrayBuffer;
  release(): void;
}

/**
 * Reads a request's body, of known length straight into place.
 *
 * @throws {Refusal} 413: longer than `maxBytes`; 503: no memory for it now; 400: cut off
 */
export async function readBody(request: IncomingMessage, maxBytes: number, budget: BodyBudget): Promise<HeldBody> {
  let taken = 0;
  const take = (bytes: number) => {
    if (taken + bytes > maxBytes) throw new Refusal(413, `the body is larger than ${maxBytes} bytes`);
    budget.take(bytes);
    taken += bytes;
  };
  const release = () => {
    budget.giveBack(taken);
    taken = 0;
  };
  try {
    const declared = request.headers['content-length'];
    const bytes = declared === undefined ? await readChunked(request, take) : await readSized(request, declared, take);
    return {bytes, release};
  } catch (error) {
    release();
    throw error;
  }
}

async function readSized(request: IncomingMessage, declared: string, take: (bytes: number) => void) {
  const length = Number(declared);
  take(length);
  const bytes = new Uint8Array(length);
  let filled = 0;
  for await (const chunk of chunksOf(request)) {
    bytes.set(chunk, filled);
    filled += chunk.length;
  }
  if (filled < length) throw cutOff();
  return bytes.buffer;
}

async function readChunked(request: IncomingMessage, take: (bytes: number) => void) {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunksOf(request)) {
    take(chunk.length);
    chunks.push(chunk);
    length += chunk.length;
  }
  const bytes = new Uint8Array(length);
  let filled = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, filled);
    filled += chunk.length;
  }
  return bytes.buffer;
}

async function* chunksOf(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    // The socket stays open when the reader stops early: the refusal has to go through it.
    yield* request.iterator({destroyOnReturn: false}) as AsyncIterable<Uint8Array>;
  } catch {
    throw cutOff();
  }
}

function cutOff(): Refusal {
  return new Refusal(400, 'the body was cut off');
}
