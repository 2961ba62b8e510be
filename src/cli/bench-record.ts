import type {Session} from '../delegate/contract.ts';
import type {Placement} from '../engine/place.ts';
import type {Frame} from '../image/frame.ts';
import type {Model} from '../model/model.ts';
import {quantile, roundMs} from '../pipeline/latency.ts';
import {createDecoder} from '../task/table.ts';

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly p95: number;
  readonly p99: number;
}

/** What one session gave: a line of `dunlin bench --json`. */
export interface BenchRecord {
  readonly model: string;
  readonly sha256: string;
  readonly delegate: {readonly id: string; readonly engine: string; readonly device: string};
  readonly threads: number;
  readonly runs: number;
  readonly openMs: number;
  /** Milliseconds per stage; decode and preprocess only with a picture. */
  readonly stagesMs: Readonly<Record<string, Spread>>;
  /** Resident memory of this process. */
  readonly memoryBytes: {readonly beforeOpen: number; readonly afterRuns: number};
}

const stages = ['decode', 'preprocess', 'run', 'postprocess', 'total'] as const;

interface Opened {
  /** The model that was asked for; the placement's may be its variant. */
  readonly model: Model;
  readonly placement: Placement;
  readonly frame: Frame | undefined;
  readonly threads: number;
  readonly openMs: number;
  readonly beforeOpen: number;
}

/** One open session under measurement. */
export class BenchSession {
  readonly #opened: Opened;
  readonly #decode: ReturnType<typeof createDecoder>;
  readonly #times: Readonly<Record<(typeof stages)[number], number[]>>;

  constructor(opened: Opened) {
    this.#opened = opened;
    this.#decode = createDecoder(opened.placement.model, {});
    this.#times = {decode: [], preprocess: [], run: [], postprocess: [], total: []};
  }

  /** One run; rejects as `Session.run` does. @param timed false for a warm-up */
  async run(timed: boolean): Promise<void> {
    const {frame, placement} = this.#opened;
    const {model} = placement;
    const input =
      frame === undefined || model.image === undefined
        ? undefined
        : {inputIndex: model.image.index, frame, input: model.image.input};
    const startedAt = performance.now();
    const {outputs, geometry, timing} = await this.#session.run(input);
    const ranAt = performance.now();
    if (geometry !== undefined || model.image === undefined) this.#decode(outputs, geometry);
    const doneAt = performance.now();
    if (!timed) return;
    this.#times.decode.push(timing.decodeMs);
    this.#times.preprocess.push(timing.preprocessMs);
    this.#times.run.push(timing.runMs);
    this.#times.postprocess.push(doneAt - ranAt);
    this.#times.total.push(doneAt - startedAt);
  }

  record(): BenchRecord {
    const {model, placement, threads, openMs, beforeOpen} = this.#opened;
    return {
      model: model.name,
      sha256: model.sha256,
      delegate: {id: placement.delegate, engine: placement.session.engine, device: placement.device.id},
      threads,
      runs: this.#times.run.length,
      openMs: roundMs(openMs),
      stagesMs: Object.fromEntries(stages.map(stage => [stage, spread(this.#times[stage])])),
      memoryBytes: {beforeOpen, afterRuns: process.memoryUsage.rss()},
    };
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  get #session(): Session {
    return this.#opened.placement.session;
  }
}

function spread(values: readonly number[]): Spread {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => roundMs(quantile(sorted, share));
  return {min: at(0), median: at(0.5), p95: at(0.95), p99: at(0.99)};
}
