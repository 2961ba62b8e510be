import type {Frame} from '../../image/frame.ts';
import type {Log} from '../../log/log.ts';
import {linkedAbort} from '../abort.ts';
import type {Clock} from '../clock.ts';
import type {Source, SourceCounters, SourceHealth} from '../contract.ts';
import type {SourceOptions} from '../options.ts';
import {FramePool} from '../pool.ts';
import {SourceState} from '../state.ts';
import {Feed} from './feed.ts';
import {Slot} from './slot.ts';
import {type Attempt, supervise} from './supervise.ts';

export interface LiveParts {
  readonly name: string;
  readonly attempt: Attempt;
  /** Default: made again when it ends. */
  readonly whenEnded?: 'restart' | 'end';
  /** Default true. */
  readonly restartsOnStall?: boolean;
  /** Where the source itself cannot be set to a rate. */
  readonly limitsFps?: boolean;
  readonly options: SourceOptions;
  readonly clock: Clock;
  readonly log: Log;
}

/** A source that goes on whether anybody looks or not, and offers the newest frame. */
export class LiveSource implements Source {
  readonly live = true;
  readonly name: string;
  readonly #parts: LiveParts;
  readonly #state: SourceState;
  readonly #pool = new FramePool();
  #busy = false;

  constructor(parts: LiveParts) {
    this.name = parts.name;
    this.#parts = parts;
    this.#state = new SourceState(parts.log);
  }

  get counters(): SourceCounters {
    return this.#state.counters;
  }

  get health(): SourceHealth {
    return this.#state.health;
  }

  onHealth(listener: (health: SourceHealth) => void): () => void {
    return this.#state.onHealth(listener);
  }

  release(frame: Frame): void {
    this.#pool.give(frame.data);
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Frame, void, void> {
    if (this.#busy) throw new TypeError(`${this.name}: frames() is already being read`);
    this.#busy = true;
    const {controller, unlink} = linkedAbort(signal);
    const slot = new Slot<Frame>();
    controller.signal.addEventListener('abort', () => slot.discard(), {once: true});
    if (controller.signal.aborted) slot.discard();
    const running = this.#run(slot, controller.signal).finally(() => slot.close());
    running.catch(() => {});
    try {
      for (let frame = await slot.take(); frame !== undefined; frame = await slot.take()) yield frame;
      await running;
    } finally {
      controller.abort();
      unlink();
      await running.catch(() => {});
      this.#busy = false;
    }
  }

  #run(slot: Slot<Frame>, signal: AbortSignal): Promise<void> {
    const {name, options, clock, log, attempt} = this.#parts;
    const maxFps = this.#parts.limitsFps === true ? options.fps : undefined;
    const state = this.#state;
    return supervise(
      {
        name,
        attempt,
        whenEnded: this.#parts.whenEnded ?? 'restart',
        restartsOnStall: this.#parts.restartsOnStall ?? true,
        feed: new Feed(slot, {name, clock, state, pool: this.#pool, maxFrameBytes: options.maxFrameBytes, maxFps}),
        state,
        options,
        clock,
        log,
      },
      signal,
    );
  }
}
