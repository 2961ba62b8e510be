import type {Session} from '../delegate/contract.ts';
import {InputError} from '../error/errors.ts';
import type {Event} from '../event/event.ts';
import type {Frame} from '../image/frame.ts';
import type {Geometry, ImageInput, Rect} from '../image/input.ts';
import type {Source} from '../source/contract.ts';
import type {Result} from '../task/result.ts';
import type {Tensor} from '../tensor/tensor.ts';
import {roundMs} from './latency.ts';

/** One frame's way through the pipeline. */
export interface FrameReport {
  readonly frame: Frame;
  readonly result: Result;
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
  };
}

export interface PipelineParts {
  readonly source: Source;
  readonly session: Session;
  readonly image: {readonly index: number; readonly input: ImageInput};
  /** Part of the frame to look at, as fractions (0–1) of its sides. */
  readonly region?: Rect;
  readonly decode: (outputs: readonly Tensor[], geometry: Geometry | undefined) => Result;
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
  readonly bad: (frame: Frame, error: InputError) => void;
}

/** Runs one source through one model until the signal aborts or a file source ends. Rejects with the first failure of any stage. */
export async function runPipeline(parts: PipelineParts, signal: AbortSignal): Promise<void> {
  const {source} = parts;
  const intervalNs = BigInt(Math.round((parts.minIntervalMs ?? 0) * 1e6));
  let dueNs = 0n; // advances by whole intervals, so that a jittery camera still gives the asked rate on average
  for await (const frame of source.frames(signal)) {
    if (!source.live || frame.capturedAtNs >= dueNs) {
      dueNs = maxOf(dueNs + intervalNs, frame.capturedAtNs);
      await processFrame(parts, frame);
    }
    source.release?.(frame);
  }
}

async function processFrame(parts: PipelineParts, frame: Frame): Promise<void> {
  const startedAt = process.hrtime.bigint();
  const run = await runFrame(parts, frame);
  if (run === undefined) return;
  const ranAt = process.hrtime.bigint();
  const result = parts.decode(run.outputs, run.geometry);
  const doneAt = process.hrtime.bigint();
  const ageMs = toMs(doneAt - frame.capturedAtNs);
  if (parts.maxAgeMs !== undefined && ageMs > parts.maxAgeMs) {
    parts.late(frame, ageMs);
    return;
  }
  const {events, counts} = parts.rules.apply(result, frame);
  const timing = {
    decodeMs: roundMs(run.timing.decodeMs),
    preprocessMs: roundMs(run.timing.preprocessMs),
    runMs: roundMs(run.timing.runMs),
    postprocessMs: roundMs(toMs(doneAt - ranAt)),
    totalMs: roundMs(toMs(doneAt - startedAt)),
  };
  parts.report({frame, result, events, counts, ageMs, timing});
}

/** Undefined when the frame itself is bad: that is counted and the loop goes on. */
async function runFrame(parts: PipelineParts, frame: Frame) {
  const {session, image} = parts;
  const region = parts.region === undefined ? undefined : inPixels(parts.region, frame);
  try {
    return await session.run({
      inputIndex: image.index,
      frame,
      input: image.input,
      ...(region === undefined ? {} : {region}),
    });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    parts.bad(frame, error);
    return undefined;
  }
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
