import {InputError} from '../../error/errors.ts';
import type {Frame} from '../../image/frame.ts';
import type {Clock} from '../clock.ts';
import type {Capture} from '../contract.ts';
import {frameFrom} from '../frame.ts';
import type {FramePool} from '../pool.ts';
import type {SourceState} from '../state.ts';
import type {Slot} from './slot.ts';

export interface FeedOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly state: SourceState;
  readonly pool: FramePool;
  readonly maxFrameBytes: number;
  /** Frames above this rate are passed over, uncounted, as if the camera had been set to it. */
  readonly maxFps: number | undefined;
}

/** Where a live source puts what it captures: numbers, times and counts it, and keeps the newest. Never waits. */
export class Feed {
  readonly #options: FeedOptions;
  readonly #slot: Slot<Frame>;
  readonly state: SourceState;
  /** Memory for the frames to deliver; it may be used, and comes back by itself when a frame is not taken. */
  readonly pool: FramePool;
  /** Good frames so far, with those that were passed over. */
  seen = 0;
  #nextDueNs = 0n;
  /** Called at every good frame. */
  onFrame: () => void = () => {};

  constructor(slot: Slot<Frame>, options: FeedOptions) {
    this.#slot = slot;
    this.#options = options;
    this.state = options.state;
    this.pool = options.pool;
  }

  /** Takes a frame over, memory included. */
  deliver(picture: Capture, origin?: string): void {
    const {clock, state, pool, maxFrameBytes} = this.#options;
    if (picture.data.byteLength > maxFrameBytes) {
      this.bad(`${picture.data.byteLength} bytes, more than maxFrameBytes ${maxFrameBytes}`);
      return;
    }
    const frame = this.#tryFrame(picture, origin);
    if (frame === undefined) return;
    this.seen += 1;
    this.onFrame();
    if (!this.#due(clock.nowNs())) {
      pool.give(picture.data);
      return;
    }
    state.captured += 1;
    state.setHealth({status: 'ok'});
    const replaced = this.#slot.put(frame);
    if (replaced === undefined) return;
    state.dropped += 1;
    pool.give(replaced.data);
  }

  /** Counts something that arrived and is no frame. */
  bad(reason: string): void {
    this.#options.state.countBad(reason, this.#options.name);
  }

  #tryFrame(picture: Capture, origin: string | undefined): Frame | undefined {
    try {
      return frameFrom(picture, this.#options.state.captured, this.#options.clock, origin);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.bad(error.message);
      return undefined;
    }
  }

  /** Keeps the average rate: a frame may be early by half a period, and lateness is not made up for by a burst. */
  #due(nowNs: bigint): boolean {
    const {maxFps} = this.#options;
    if (maxFps === undefined) return true;
    const periodNs = BigInt(Math.round(1e9 / maxFps));
    if (nowNs + periodNs / 2n < this.#nextDueNs) return false;
    const lateNs = nowNs - this.#nextDueNs;
    this.#nextDueNs = lateNs > periodNs ? nowNs + periodNs : this.#nextDueNs + periodNs;
    return true;
  }
}
