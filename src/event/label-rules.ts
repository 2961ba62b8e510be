import type {Frame} from '../image/frame.ts';
import type {Rect} from '../image/input.ts';
import type {Event} from './event.ts';
import type {NewId} from './ids.ts';
import type {Observation} from './observe.ts';
import type {EventOptions} from './options.ts';
import type {Threshold} from './thresholds.ts';

export type FrameTime = Pick<Frame, 'sequence' | 'capturedAtNs' | 'wallClockMs'>;

export interface LabelContext {
  readonly pipeline: string;
  readonly label: string;
  readonly options: EventOptions;
  readonly newId: NewId;
}

/** The label seen at or above its threshold in one frame. */
interface Sight {
  readonly score: number;
  readonly box: Rect | undefined;
  readonly wallClockMs: number;
}

/** From the first sight to the last. */
interface Occurrence {
  readonly id: string;
  readonly startedAtMs: number;
  best: Sight;
  /** The frame in which it was seen last. */
  last: Sight;
  lastSeenNs: bigint;
  lastEventNs: bigint;
  missedFrames: number;
}

/**
 * One label of one pipeline: not there, there, or cooling down. Frames must come in order.
 * Durations come from the frames' monotonic clock; the wall clock only stamps events.
 */
export class LabelRules {
  /** Objects in view: of the last frame in which the label was seen, while its occurrence lasts. */
  count = 0;
  readonly #context: LabelContext;
  /** The last `confirm.of` frames, oldest first. */
  readonly #window: (Sight | undefined)[] = [];
  #occurrence: Occurrence | undefined;
  #endedAtNs: bigint | undefined;

  constructor(context: LabelContext) {
    this.#context = context;
  }

  /** Nothing is known that later frames could need. */
  get isIdle(): boolean {
    return !this.#occurrence && this.#endedAtNs === undefined && this.#window.every(sight => !sight);
  }

  /** Takes the next frame. @param seen undefined when the label is not in it */
  step(seen: Observation | undefined, frame: FrameTime, threshold: Threshold): Event | undefined {
    const level = this.#occurrence ? threshold.exit : threshold.enter;
    const sight = seen && seen.score >= level ? sightOf(seen, frame) : undefined;
    const objects = sight && seen?.scores ? seen.scores.filter(score => score >= level).length : 0;
    return this.#occurrence
      ? this.#continue(this.#occurrence, {sight, objects, score: seen?.score ?? 0}, frame)
      : this.#await(sight, objects, frame);
  }

  /** Ends an occurrence that still lasts. */
  finish(frame: FrameTime): Event | undefined {
    const occurrence = this.#occurrence;
    return occurrence && this.#end(occurrence, occurrence.last.score, frame);
  }

  #await(sight: Sight | undefined, objects: number, frame: FrameTime): Event | undefined {
    const {confirm, cooldownS} = this.#context.options;
    this.#window.push(sight);
    if (this.#window.length > confirm.of) this.#window.shift();
    const sights = this.#window.filter(entry => entry !== undefined);
    const isThere = sight !== undefined && sights.length >= confirm.frames;
    this.count = isThere ? objects : 0;
    if (this.#endedAtNs !== undefined && secondsBetween(this.#endedAtNs, frame.capturedAtNs) >= cooldownS) {
      this.#endedAtNs = undefined;
    }
    if (!isThere || this.#endedAtNs !== undefined) return undefined;
    const startedAtMs = sights[0]?.wallClockMs ?? frame.wallClockMs;
    const occurrence: Occurrence = {
      id: this.#context.newId(startedAtMs),
      startedAtMs,
      best: sights.reduce((best, other) => (other.score > best.score ? other : best)),
      last: sight,
      lastSeenNs: frame.capturedAtNs,
      lastEventNs: frame.capturedAtNs,
      missedFrames: 0,
    };
    this.#occurrence = occurrence;
    this.#window.length = 0;
    return this.#event('start', occurrence, {score: sight.score, frame});
  }

  #continue(
    occurrence: Occurrence,
    {sight, objects, score}: {sight: Sight | undefined; objects: number; score: number},
    frame: FrameTime,
  ): Event | undefined {
    const {endAfterS, endAfterFrames, updateEveryS} = this.#context.options;
    if (!sight) {
      occurrence.missedFrames++;
      const missing = secondsBetween(occurrence.lastSeenNs, frame.capturedAtNs);
      const isOver = missing >= endAfterS && occurrence.missedFrames >= endAfterFrames;
      return isOver ? this.#end(occurrence, score, frame) : undefined;
    }
    this.count = objects;
    occurrence.missedFrames = 0;
    occurrence.last = sight;
    occurrence.lastSeenNs = frame.capturedAtNs;
    if (sight.score > occurrence.best.score) occurrence.best = sight;
    if (secondsBetween(occurrence.lastEventNs, frame.capturedAtNs) < updateEveryS) return undefined;
    occurrence.lastEventNs = frame.capturedAtNs;
    return this.#event('update', occurrence, {score, frame});
  }

  #end(occurrence: Occurrence, score: number, frame: FrameTime): Event {
    const isCounted = occurrence.last.box !== undefined;
    this.count = 0;
    this.#occurrence = undefined;
    this.#endedAtNs = frame.capturedAtNs;
    const event = this.#event('end', occurrence, {score, frame});
    return {...event, ...(isCounted && {count: 0}), endedAt: timeText(occurrence.last.wallClockMs)};
  }

  #event(type: Event['type'], occurrence: Occurrence, {score, frame}: {score: number; frame: FrameTime}): Event {
    const {pipeline, label} = this.#context;
    const {id, best, startedAtMs} = occurrence;
    return {
      v: 1,
      type,
      id,
      pipeline,
      label,
      score,
      bestScore: best.score,
      ...(best.box && {box: best.box, count: this.count}),
      startedAt: timeText(startedAtMs),
      at: timeText(frame.wallClockMs),
      frame: frame.sequence,
    };
  }
}

function sightOf({score, box}: Observation, {wallClockMs}: FrameTime): Sight {
  return {score, box, wallClockMs};
}

function secondsBetween(earlierNs: bigint, laterNs: bigint): number {
  return Number(laterNs - earlierNs) / 1e9;
}

function timeText(wallClockMs: number): string {
  return new Date(wallClockMs).toISOString();
}
