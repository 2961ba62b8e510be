import type {Event} from '../event/event.ts';
import type {Result} from '../task/result.ts';

/** One frame's result with everything a subscriber needs to judge it; what `<pipeline>/result` carries. */
export interface ResultMessage {
  readonly v: 1;
  readonly pipeline: string;
  readonly frame: number;
  /** ISO 8601 wall clock of capture. */
  readonly at: string;
  /** Milliseconds from capture to publishing, on the monotonic clock. */
  readonly ageMs: number;
  readonly width: number;
  readonly height: number;
  readonly model: {readonly name: string; readonly version: string};
  readonly delegate: {readonly id: string; readonly engine: string; readonly device: string};
  readonly result: Result;
  readonly timing: {
    readonly decodeMs: number;
    readonly preprocessMs: number;
    readonly runMs: number;
    readonly postprocessMs: number;
    readonly totalMs: number;
    /** Waiting for other pipelines on the same device; absent where devices are not shared. */
    readonly queueMs?: number;
  };
}

export type PipelineStatus = 'starting' | 'running' | 'degraded' | 'stalled' | 'stopped' | 'failed';

/** What `<pipeline>/state` carries (retained). */
export interface PipelineState {
  readonly v: 1;
  readonly pipeline: string;
  readonly status: PipelineStatus;
  /** One sentence: why degraded, stalled or failed, and what Dunlin does about it. */
  readonly reason?: string;
  readonly source: string;
  readonly model: string;
  readonly delegate?: {
    readonly id: string;
    readonly engine: string;
    readonly device: string;
    readonly why: string;
    /** Better places that are passed over now, and what would bring them back. */
    readonly rejected?: readonly {
      readonly delegate: string;
      readonly device?: string;
      readonly reason: string;
      readonly remedy?: string;
    }[];
  };
  /** Moves from one delegate to another since the pipeline started; absent until there was one. */
  readonly failover?: {
    readonly count: number;
    readonly last: {
      /** ISO 8601. */
      readonly at: string;
      readonly from: string;
      readonly to: string;
      readonly cause: string;
      readonly remedy: string;
      /** Longest time without a result around the move. */
      readonly gapMs: number;
    };
  };
  readonly fps: number;
  readonly latencyMs?: {readonly p50: number; readonly p95: number; readonly p99: number};
  readonly frames: {
    readonly captured: number;
    readonly dropped: number;
    readonly bad: number;
    readonly processed: number;
    readonly late: number;
    readonly restarts: number;
  };
}

/** Where results and events leave the process. Every method enqueues and returns at once; none waits on a network or disk. */
export interface Sink {
  start(): Promise<void>;
  publishResult(message: ResultMessage): void;
  /** The same for a result that is text already (`encodeResult`), as it comes from a pipeline's thread. */
  publishResultText?(pipeline: string, text: string): void;
  publishEvent(event: Event): void;
  publishState(state: PipelineState): void;
  publishCount(pipeline: string, label: string, count: number): void;
  /** @param jpeg the frame with its result drawn on it */
  publishSnapshot(pipeline: string, jpeg: Uint8Array): void;
  /** Sends what is queued as far as `deadlineMs` allows, then closes. Safe to call twice. */
  stop(deadlineMs: number): Promise<void>;
}
