import {ConfigError, DelegateUnavailableError, type DunlinError, RunError, UsageError} from '../error/errors.ts';
import type {Log} from '../log/log.ts';
import {remembers} from '../model/remembers.ts';
import {asDunlinError, causeOf, wholeCause} from './cause.ts';
import {type Clock, msBetween} from './clock.ts';
import type {FailoverOptions} from './options.ts';
import {Patience} from './patience.ts';
import {type Attempt, isFinal, type Opened, type PlaceContext, type Refusal, splitPlace, tryPlace} from './place.ts';
import {warmUp} from './warm-up.ts';

export interface SlotContext {
  readonly place: PlaceContext;
  readonly policy: FailoverOptions;
  readonly clock: Clock;
  readonly log: Log;
  /** Called when the slot got or lost its session, or the reason why it has none changed. */
  readonly changed: () => void;
}

/**
 * One place of the order: has the model open and warm there or, as long as it is wanted, tries again with backoff. Tends
 * itself beside the frame loop; nothing here is awaited by it.
 */
export class Slot {
  readonly place: string;
  /** Position in the order; 0 is best. */
  readonly rank: number;
  /** How long a run here may go without an answer. */
  readonly patience: Patience;
  readonly #context: SlotContext;
  #opened: Opened | undefined;
  #refusals: readonly Refusal[] = [];
  #isRefused = false;
  #avoid: string | undefined;
  #wanted = false;
  #isStopped = false;
  #tending: Promise<void> | undefined;
  #nap = new AbortController();
  #closing: Promise<unknown> = Promise.resolve();
  #delayMs: number;
  #dueNs = 0n;
  #readyAtNs = 0n;

  constructor(place: string, rank: number, context: SlotContext) {
    this.place = place;
    this.rank = rank;
    this.#context = context;
    this.#delayMs = context.policy.retryFirstMs;
    this.patience = new Patience(context.policy.patienceMs);
  }

  /** The open model, warmed up; undefined while there is none. */
  get opened(): Opened | undefined {
    return this.#opened;
  }

  /** Why it is not open, or not on its first device. */
  get refusals(): readonly Refusal[] {
    return this.#refusals;
  }

  /** True as long as no hardware for it has been seen. */
  get isUnseen(): boolean {
    return this.#readyAtNs === 0n && this.#refusals.length > 0 && this.#refusals.every(({isAbsent}) => isAbsent);
  }

  /** True while it is being opened, or waits to be. */
  get isTrying(): boolean {
    return this.#tending !== undefined;
  }

  /** True when trying again is of no use. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** Opens it in the background, again and again until it is open, refused for good, or released. */
  want(): void {
    if (this.#isStopped) return; // news of the last try may still be acted upon elsewhere
    this.#wanted = true;
    if (this.#tending !== undefined || this.#opened !== undefined || this.isRefused) return;
    this.#nap = new AbortController();
    this.#tending = this.#tend().finally(() => {
      this.#tending = undefined;
      if (this.#wanted && this.#opened === undefined && !this.isRefused) this.want(); // wanted again in between
    });
  }

  /** Tries at once, unless it has failed more than once lately. */
  hurry(): void {
    if (this.#delayMs <= this.#context.policy.retryFirstMs * 2) {
      this.#dueNs = 0n;
      this.#nap.abort();
    }
    this.want();
  }

  /** Gives the session up, or the tries for one. */
  release(): void {
    this.#wanted = false;
    this.#nap.abort();
    this.#drop();
  }

  /** The session is dead or no use. It is closed in the background, and opened again after a while. */
  lose(error: DunlinError): void {
    const opened = this.#opened;
    if (opened === undefined) return;
    const {policy, clock} = this.#context;
    if (msBetween(this.#readyAtNs, clock.nowNs()) >= policy.settledAfterMs) this.#delayMs = policy.retryFirstMs;
    this.#avoid = opened.device.id;
    this.#drop();
    this.#backOff();
    this.#refuse([toRefusal(opened, error)]);
    if (this.#wanted) this.want();
  }

  /** Releases it and waits until nothing of it is left. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.release();
    await this.#tending;
    await this.#closing;
  }

  async #tend(): Promise<void> {
    while (this.#wanted && this.#opened === undefined && !this.isRefused) {
      const waitMs = msBetween(this.#context.clock.nowNs(), this.#dueNs);
      if (waitMs > 0) await this.#context.clock.wait(waitMs, this.#nap.signal);
      if (!this.#wanted) return;
      this.#nap = new AbortController();
      try {
        await this.#attempt();
      } catch (error) {
        const known = toConfigError(error);
        this.#isRefused = true;
        this.#refuse([{delegate: splitPlace(this.place).name, ...causeOf(known), error: known}]);
      }
    }
  }

  async #attempt(): Promise<void> {
    await this.#closing; // most devices serve one claim at a time
    const {opened, refusals} = await this.#try();
    if (opened === undefined) {
      this.#isRefused = refusals.every(isFinal);
      this.#backOff();
      this.#refuse(refusals);
      return;
    }
    this.#opened = opened;
    this.#readyAtNs = this.#context.clock.nowNs();
    if (this.#wanted) this.#refuse(refusals);
    else this.#drop();
  }

  async #try(): Promise<Attempt> {
    const {place, policy} = this.#context;
    try {
      const attempt = await tryPlace(this.place, place, this.#avoid);
      if (attempt.opened === undefined) return attempt;
      const failure = await this.#warmUp(attempt.opened, policy.warmUpRuns);
      if (failure === undefined) return attempt;
      this.#close(attempt.opened);
      this.#avoid = attempt.opened.device.id;
      return {refusals: [...attempt.refusals, toRefusal(attempt.opened, failure)]};
    } catch (error) {
      if (error instanceof UsageError || error instanceof ConfigError) throw error;
      const {name} = splitPlace(this.place);
      const known = asDunlinError(error, (message, hint) => new DelegateUnavailableError(`${name}: ${message}`, hint));
      return {refusals: [{delegate: name, ...causeOf(known), error: known}]};
    }
  }

  /** In process, one run loads everything, and a model may refuse zeros with an error as it may any numbers. */
  async #warmUp({session, home, model}: Opened, runs: number): Promise<DunlinError | undefined> {
    if (remembers(model)) return undefined; // a run on zeros would be remembered
    try {
      this.patience.add(await warmUp(session, home === 'in-process' ? 1 : runs, this.#context.clock));
      return undefined;
    } catch (error) {
      if (home === 'in-process' && error instanceof RunError) return undefined;
      return asDunlinError(error, (message, hint) => new RunError(message, hint));
    }
  }

  #refuse(refusals: readonly Refusal[]): void {
    this.#refusals = refusals;
    this.#context.changed();
    for (const refusal of refusals) void this.#learnMore(refusal);
  }

  /** How a process ended is known a moment after its session was lost. */
  async #learnMore(refusal: Refusal): Promise<void> {
    const cause = await wholeCause(refusal.error);
    if (cause === undefined || !this.#refusals.includes(refusal)) return;
    this.#refusals = this.#refusals.map(entry => (entry === refusal ? {...entry, ...cause} : entry));
    this.#context.changed();
  }

  #backOff(): void {
    const {policy, clock} = this.#context;
    this.#dueNs = clock.nowNs() + BigInt(Math.round(this.#delayMs * 1e6));
    this.#delayMs = Math.min(this.#delayMs * 2, Math.max(policy.retryFirstMs, policy.retryMostMs));
  }

  #drop(): void {
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened !== undefined) this.#close(opened);
  }

  #close({session, delegate}: Opened): void {
    const closing = session.close().catch((error: unknown) => {
      this.#context.log.warn({delegate, reason: String(error)}, 'a session could not be closed');
    });
    this.#closing = Promise.all([this.#closing, closing]);
  }
}

function toRefusal({delegate, device}: Opened, error: DunlinError): Refusal {
  return {delegate, device: device.id, ...causeOf(error), error};
}

function toConfigError(error: unknown): DunlinError {
  return asDunlinError(error, (message, hint) => new ConfigError(message, hint));
}
