import type {Ran} from '../engine/keeper.ts';
import type {Opened} from '../engine/place.ts';
import {type DunlinError, InputError, RunError} from '../error/errors.ts';
import type {Event} from '../event/event.ts';
import type {Frame} from '../image/frame.ts';
import type {Geometry, Rect} from '../image/input.ts';
import type {Model} from '../model/model.ts';
import type {Source} from '../source/contract.ts';
import type {Result} from '../task/result.ts';
import type {Tensor} from '../tensor/tensor.ts';
import {roundMs} from './latency.ts';

/** One frame's way through the pipeline. */
export interface FrameReport {
  readonly frame: Frame;
  readonly result: Result;
  /** Where the model ran. */
  readonly opened: Opened;
  readonly events: readonly Event[];
  /** Current number of objects per label that changed with this frame. */
  readonly counts: ReadonlyMap<string, number>;
  readonly ageMs: number;
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

export interface PipelineParts {
  readonly source: Source;
  /** Runs the model wherever it works at the moment; undefined when the pipeline was stopped meanwhile. */
  readonly run: (frame: Frame, region: Rect | undefined) => Promise<Ran | undefined>;
  /** Part of the frame to look at, as fractions (0–1) of its sides. */
  readonly region?: Rect;
  /** @param model the file that gave the outputs: delegates may run different ones */
  readonly decode: (model: Model, outputs: readonly Tensor[], geometry: Geometry | undefined) => Result;
  readonly rules: {
    apply(
      result: Result,
      frame: Frame,
    ): {readonly events: readonly Event[]; readonly counts: ReadonlyMap<string, number>};
  };
  /** A result older than this is dropped and counted: a stale answer is worse than none. */
  readonly maxAgeMs?: number;
  /** Frames closer together than this are passed over (live sources). */
  readonly minIntervalMs?: number;
  /** The frame's memory is used again afterwards: keep a copy, not the frame. */
  readonly report: (report: FrameReport) => void;
  readonly late: (frame: Frame, ageMs: number) => void;
  /** The frame cannot be decoded, or no delegate could run it. */
  readonly bad: (frame: Frame, error: DunlinError) => void;
}

/** So many frames in a row that no delegate can run are the model's fault, not the frames'. */
const mostRefused = 3;

/** Runs one source through one model until the signal aborts or a file source ends. Rejects with the first failure of any stage. */
export async function runPipeline(parts: PipelineParts, signal: AbortSignal): Promise<void> {
  const {source} = parts;
  const intervalNs = BigInt(Math.round((parts.minIntervalMs ?? 0) * 1e6));
  let dueNs = 0n; // advances by whole intervals, so that a jittery camera still gives the asked rate on average
  let refused = 0; // frames in a row that no delegate could run
  for await (const frame of source.frames(signal)) {
    let held = false;
    if (!source.live || frame.capturedAtNs >= dueNs) {
      dueNs = maxOf(dueNs + intervalNs, frame.capturedAtNs);
      try {
        held = await processFrame(parts, frame);
        refused = 0;
      } catch (error) {
        if (error instanceof RunError) refused++;
        const isOfFrame = error instanceof InputError || (error instanceof RunError && refused < mostRefused);
        if (!isOfFrame) throw error;
        parts.bad(frame, error);
      }
    }
    if (!held) source.release?.(frame);
  }
}

/** @returns true when the frame's memory may still be read */
async function processFrame(parts: PipelineParts, frame: Frame): Promise<boolean> {
  const startedAt = process.hrtime.bigint();
  const region = parts.region === undefined ? undefined : inPixels(parts.region, frame);
  const ran = await parts.run(frame, region);
  if (ran === undefined) return true;
  const {result: run, opened, held} = ran;
  const ranAt = process.hrtime.bigint();
  const result = parts.decode(opened.model, run.outputs, run.geometry);
  const doneAt = process.hrtime.bigint();
  const ageMs = toMs(doneAt - frame.capturedAtNs);
  if (parts.maxAgeMs !== undefined && ageMs > parts.maxAgeMs) {
    parts.late(frame, ageMs);
    return held;
  }
  const {events, counts} = parts.rules.apply(result, frame);
  const {decodeMs, preprocessMs, runMs, queueMs} = run.timing;
  const timing = {
    decodeMs: roundMs(decodeMs),
    preprocessMs: roundMs(preprocessMs),
    runMs: roundMs(runMs),
    postprocessMs: roundMs(toMs(doneAt - ranAt)),
    totalMs: roundMs(toMs(doneAt - startedAt)),
    ...(queueMs === undefined ? {} : {queueMs: roundMs(queueMs)}),
  };
  parts.report({frame, result, opened, events, counts, ageMs, timing});
  return held;
}

function inPixels(region: Rect, frame: Frame): Rect {
  return {
    x: region.x * frame.width,
    y: region.y * frame.height,
    width: region.width * frame.width,
    height: region.height * frame.height,
  };
}

function maxOf(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function toMs(nanoseconds: bigint): number {
  return Number(nanoseconds) / 1e6;
}
