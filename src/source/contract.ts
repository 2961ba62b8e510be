import type {Frame, PixelFormat} from '../image/frame.ts';

/** Running totals of one source since it was opened. */
export interface SourceCounters {
  /** Frames that arrived whole. */
  readonly captured: number;
  /** Replaced by a newer one before anybody looked (live sources only). */
  readonly dropped: number;
  /** Could not be used: cut off, garbage, over the size limit. */
  readonly bad: number;
  /** Times the camera, process or connection was started again. */
  readonly restarts: number;
}

/** How a source is doing right now. */
export interface SourceHealth {
  /** `starting` before its first frame, `stalled` when frames stopped coming, `restarting` while it is started again. */
  readonly status: 'starting' | 'ok' | 'stalled' | 'restarting';
  /** One sentence without secrets: what happened and what is done about it. Absent when all is well. */
  readonly reason?: string;
}

/** Yields frames. A live source keeps only the newest; a file source gives every frame, in order, and ends. */
export interface Source {
  /** For people and logs, without secrets: `rtsp://cam/stream`. */
  readonly name: string;
  readonly live: boolean;
  readonly counters: SourceCounters;
  readonly health: SourceHealth;
  /** Calls `listener` at each change of `health`. Returns the function that ends it. */
  onHealth(listener: (health: SourceHealth) => void): () => void;
  /**
   * One consumer at a time. Live sources recover from faults by themselves (backoff, restart) and end only when
   * `signal` aborts; files end after the last frame.
   *
   * @throws {SourceError} what cannot get better by waiting: no such file, unknown scheme, program not installed
   * @throws {InputError} a file that is not a picture or video
   */
  frames(signal: AbortSignal): AsyncIterable<Frame>;
  /**
   * Gives back the memory of a frame that nobody will read any more, to be filled again. Not needed, but a consumer that
   * does so keeps megabytes of frames from waiting for the garbage collector. Safe to call twice, and with any frame.
   */
  release?(frame: Frame): void;
}

/** A source that is fed by its owner. Obtained from `openSource('push:')`. */
export interface PushSource extends Source {
  /**
   * Offers a frame; the newest one wins. Never waits. The memory is the source's from here on.
   *
   * @returns false when the frame was refused (not a JPEG, over `maxFrameBytes`, of a size that its format cannot have)
   * or nobody reads frames()
   */
  push(picture: Capture): boolean;
}

/** A frame that has not been numbered and timed yet. For `jpeg`, width and height are read from its header. */
export type Capture =
  | {readonly format: 'jpeg'; readonly data: Uint8Array}
  | (Pick<Frame, 'width' | 'height' | 'data'> & {readonly format: Exclude<PixelFormat, 'jpeg'>});
