import type {Log} from '../log/log.ts';
import type {Cause} from './cause.ts';
import {type Clock, msBetween} from './clock.ts';

/** One move of a pipeline from one delegate to another. */
export interface Move {
  /** ISO 8601. */
  readonly at: string;
  /** `edgetpu usb:0`. */
  readonly from: string;
  readonly to: string;
  readonly cause: string;
  readonly remedy: string;
  /** Longest time without a result around the move, milliseconds. */
  readonly gapMs: number;
}

export interface Failover {
  readonly count: number;
  readonly last: Move;
}

export interface MoveDetails {
  readonly cause: Cause;
  /** Resolves once more is known about the cause, if ever. */
  readonly news?: Promise<Cause | undefined>;
  readonly sinceNs: bigint;
}

/** Keeps account of moves and of the time without results around them. */
export class Moves {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #changed: () => void;
  #count = 0;
  #last: Move | undefined;
  #lastResultNs: bigint | undefined;

  constructor(clock: Clock, log: Log, changed: () => void) {
    this.#clock = clock;
    this.#log = log;
    this.#changed = changed;
  }

  /** Undefined until there was a move. */
  get failover(): Failover | undefined {
    return this.#last === undefined ? undefined : {count: this.#count, last: this.#last};
  }

  /** A result came from another place than the one before. @param sinceNs when its frame was first tried */
  add(from: string, to: string, {cause, news, sinceNs}: MoveDetails): void {
    const gapFromNs = this.#lastResultNs ?? sinceNs;
    const move: Move = {
      at: new Date(this.#clock.wallMs()).toISOString(),
      from,
      to,
      cause: cause.reason,
      remedy: cause.remedy,
      gapMs: Math.round(msBetween(gapFromNs, this.#clock.nowNs())),
    };
    this.#count++;
    this.#last = move;
    void news?.then(whole => {
      if (whole === undefined) return;
      this.#log.info({from, to, cause: whole.reason}, 'why the delegate was changed');
      if (this.#last !== move) return;
      this.#last = {...move, cause: whole.reason, remedy: whole.remedy};
      this.#changed();
    });
  }

  /** A result is there. */
  result(): void {
    this.#lastResultNs = this.#clock.nowNs();
  }
}
