import type {Frame} from '../../image/frame.ts';
import {linkedAbort} from '../abort.ts';
import {type Clock, systemClock} from '../clock.ts';
import type {SourceContext} from '../context.ts';
import type {Source, SourceCounters, SourceHealth} from '../contract.ts';
import {frameFrom} from '../frame.ts';
import type {SourceOptions} from '../options.ts';
import {FramePool} from '../pool.ts';
import {SourceState} from '../state.ts';
import type {FileList} from './list.ts';
import {pictures} from './pictures.ts';

/** Pictures and videos on disk: every frame, in order, as fast as they are asked for. */
export class FileSource implements Source {
  readonly live = false;
  readonly name: string;
  readonly #files: FileList;
  readonly #options: SourceOptions;
  readonly #context: SourceContext;
  readonly #clock: Clock;
  readonly #state: SourceState;
  readonly #pool = new FramePool();

  constructor(name: string, files: FileList, {options, context}: {options: SourceOptions; context: SourceContext}) {
    this.name = name;
    this.#files = files;
    this.#options = options;
    this.#context = context;
    this.#clock = context.clock ?? systemClock;
    this.#state = new SourceState(context.log);
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
    const {controller, unlink} = linkedAbort(signal);
    const state = this.#state;
    const work = {
      files: this.#files,
      options: this.#options,
      context: this.#context,
      state,
      pool: this.#pool,
      restarts: true,
    };
    try {
      for await (const {picture, origin} of pictures(work, controller.signal)) {
        if (controller.signal.aborted) return;
        const frame = frameFrom(picture, state.captured, this.#clock, origin);
        state.captured += 1;
        state.setHealth({status: 'ok'});
        yield frame;
      }
    } finally {
      controller.abort();
      unlink();
    }
  }
}
