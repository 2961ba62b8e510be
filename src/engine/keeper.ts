import type {RunResult} from '../delegate/contract.ts';
import {DeviceLostError, type DunlinError, RunError} from '../error/errors.ts';
import type {Frame} from '../image/frame.ts';
import type {FrameInput, Rect} from '../image/input.ts';
import type {Log} from '../log/log.ts';
import {remembers} from '../model/remembers.ts';
import type {Memory} from '../profile/memory.ts';
import type {Tensor} from '../tensor/tensor.ts';
import {type Cause, causeOf, wholeCause} from './cause.ts';
import {type Clock, msBetween} from './clock.ts';
import {Deadline} from './deadline.ts';
import {type Failover, Moves} from './moves.ts';
import {explainChoice, nothingLeft, toRejection} from './open.ts';
import type {FailoverOptions} from './options.ts';
import type {Opened, PlaceContext, Placement, Rejection} from './place.ts';
import type {Slot} from './slot.ts';
import {Slots} from './slots.ts';
import {type DeviceUsage, Usage} from './usage.ts';

export interface KeeperOptions extends PlaceContext {
  /** Delegate names, best first, optionally with a device: `cpu`, `edgetpu:usb:0`. */
  readonly order: readonly string[];
  /** Places whose hardware this machine may never have had: they are not missed, but taken when they appear. */
  readonly optional?: ReadonlySet<string>;
  readonly policy: FailoverOptions;
  readonly clock: Clock;
  readonly log: Log;
  /** Memory that is left, for standbys. */
  readonly memory: () => Promise<Memory | undefined>;
  /** Called at every move and whenever `placement`, `failover` or `stranded` may have changed. */
  readonly changed: () => void;
}

/** Begins a run on one place. */
type Start = (opened: Opened) => Promise<RunResult>;

/** One frame's run and where it was made. */
export interface Ran {
  readonly result: RunResult;
  readonly opened: Opened;
  /** A run that was given up may still read the frame: its memory must not be used again. */
  readonly held: boolean;
}

/**
 * Keeps one model running over an ordered list of delegates. A device that is lost costs no frame: the same one runs on the
 * next delegate. Lost devices are opened again in the background, warmed up, and taken back between two frames.
 *
 * @see docs/failover.md
 */
export class Keeper {
  readonly #options: KeeperOptions;
  readonly #signal: AbortSignal;
  readonly #slots: Slots;
  readonly #moves: Moves;
  readonly #usage = new Usage();
  readonly #deadline: Deadline;
  readonly #lostWhy = new Map<Slot, string>();
  #slot!: Slot;
  #current!: Opened;
  #loss: DunlinError | undefined;
  #runErrors = 0;

  private constructor(options: KeeperOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    this.#slots = new Slots(options, signal, () => {
      if (this.#current !== undefined) options.changed();
    });
    this.#deadline = new Deadline(options.clock);
    this.#moves = new Moves(options.clock, options.log, () => options.changed());
  }

  /**
   * Opens the model on the first place that works; better ones that may come back are tried again from then on.
   *
   * @param signal ends waiting for a device; close() is still to be called
   * @throws {ModelUnsupportedError} when every place refused the model itself
   * @throws {DelegateUnavailableError} when no place was there to try, with every reason in the message
   * @throws {UsageError} no delegate of that name
   * @throws {ConfigError} a delegate's options are wrong
   */
  static async start(options: KeeperOptions, signal: AbortSignal): Promise<Keeper> {
    const keeper = new Keeper(options, signal);
    try {
      await keeper.#openFirst();
    } catch (error) {
      await keeper.close();
      throw error;
    }
    return keeper;
  }

  /** Where frames run now, and why there. */
  get placement(): Placement {
    const rejected = this.#rejected();
    const order = this.#missed().map(({place}) => place);
    return {...this.#current, why: explainChoice(order, rejected, this.#options.orderNote), rejected};
  }

  /** Moves since the start; undefined until there was one. */
  get failover(): Failover | undefined {
    return this.#moves.failover;
  }

  /** Runs and losses per device since the start. */
  get usage(): readonly DeviceUsage[] {
    return this.#usage.list(this.#slots.opened);
  }

  /** Why no delegate works at present; undefined when one does. */
  get stranded(): string | undefined {
    if (!this.#slots.stranded) return undefined;
    const reasons = this.#slots.list.flatMap(({refusals}) => refusals.map(({reason}) => reason));
    return `no delegate works, all are tried again: ${reasons.join('; ')}`;
  }

  /**
   * One inference, on the best place that works at the moment.
   *
   * @returns undefined when the signal aborted while no place worked
   * @throws {InputError} the frame cannot be decoded
   * @throws {RunError} every place that is there failed to run this frame
   */
  run(frame: Frame, region?: Rect): Promise<Ran | undefined> {
    return this.#runBest(opened => opened.session.run(toInput(opened, frame, region)));
  }

  /**
   * The same with tensors in place of a picture.
   *
   * @param fill writes a session's inputs; called again for every place that is tried
   */
  runFilled(fill: (inputs: readonly Tensor[]) => void): Promise<Ran | undefined> {
    return this.#runBest(async opened => {
      fill(opened.session.inputs);
      return opened.session.run();
    });
  }

  async #runBest(start: Start): Promise<Ran | undefined> {
    const startedNs = this.#options.clock.nowNs();
    const failed = new Map<Slot, DunlinError>();
    let held = false;
    for (;;) {
      const slot = this.#slots.best;
      if (slot?.opened === undefined) {
        if (await this.#slots.anyReady(() => this.#options.changed())) continue;
        if (this.#signal.aborted) return undefined;
        throw this.#loss ?? this.#nothingLeft();
      }
      const failure = failed.get(slot);
      if (failure !== undefined) throw failure;
      const {opened} = slot;
      const outcome = await this.#runOn(slot, opened, start);
      if (!(outcome instanceof Error)) {
        if (opened !== this.#current) this.#moveTo(slot, opened, startedNs);
        this.#moves.result();
        this.#usage.ran(opened);
        return {result: outcome, opened, held};
      }
      if (this.#signal.aborted && outcome instanceof GivenUp) return undefined;
      held ||= outcome instanceof GivenUp;
      if (outcome instanceof RunError && ++this.#runErrors < this.#options.policy.runErrors) continue;
      if (outcome instanceof RunError) failed.set(slot, outcome);
      this.#lose(slot, outcome);
    }
  }

  /** Ends every session and every try for one. Safe to call twice. */
  async close(): Promise<void> {
    this.#deadline.stop();
    await this.#slots.close();
  }

  async #openFirst(): Promise<void> {
    const slot = await this.#slots.openFirst();
    if (slot?.opened === undefined) throw this.#nothingLeft();
    this.#slot = slot;
    this.#current = slot.opened;
    for (const {delegate, reason, remedy} of this.#rejected()) {
      this.#options.log.warn({delegate, remedy}, `passed over: ${reason}`);
    }
    this.#slots.arrange(slot.rank);
  }

  #nothingLeft(): DunlinError {
    const refusals = this.#missed().flatMap(slot => slot.refusals);
    return nothingLeft(this.#options.models.primary, refusals);
  }

  #rejected(): Rejection[] {
    const upTo = this.#missed().filter(({rank}) => rank <= this.#slot.rank);
    return upTo.flatMap(slot => {
      const isOpening = slot.opened === undefined && slot.refusals.length === 0;
      return isOpening ? [{delegate: slot.place, reason: 'is still being opened'}] : slot.refusals.map(toRejection);
    });
  }

  /** All places but those whose hardware nobody expects here. */
  #missed(): readonly Slot[] {
    return this.#slots.list.filter(slot => !(slot.isUnseen && this.#options.optional?.has(slot.place)));
  }

  /** @returns the result, or the failure that may be got over */
  async #runOn(slot: Slot, opened: Opened, start: Start): Promise<RunResult | RunError | DeviceLostError> {
    const startedNs = this.#options.clock.nowNs();
    try {
      const result = await this.#answer(slot, opened, start);
      this.#runErrors = 0;
      slot.patience.add(msBetween(startedNs, this.#options.clock.nowNs()));
      return result;
    } catch (error) {
      if (error instanceof RunError || error instanceof DeviceLostError) return error;
      throw error;
    }
  }

  /** Waits for a run no longer than its place's patience where another place could do it. */
  async #answer(slot: Slot, opened: Opened, start: Start): Promise<RunResult> {
    const {clock} = this.#options;
    const run = start(opened);
    if (this.#slots.list.length === 1) return run;
    const limitMs = slot.patience.ms;
    try {
      const first = await Promise.race([run, this.#deadline.set(limitMs)]);
      if (first !== undefined) return first;
    } finally {
      this.#deadline.clear();
    }
    const result = await Promise.race([run, this.#slots.otherReady(slot)]);
    if (result !== undefined) return result;
    const lateFromNs = clock.nowNs();
    run.then(
      () => slot.patience.add(limitMs + msBetween(lateFromNs, clock.nowNs())), // slow, not hung: wait longer next time
      () => {},
    );
    throw new GivenUp(`${nameOf(opened)}: no answer within ${Math.round(limitMs)} ms`, 'Run `dunlin doctor`.');
  }

  #lose(slot: Slot, error: DunlinError): void {
    const from = slot.opened === undefined ? slot.place : nameOf(slot.opened);
    if (slot.opened !== undefined) this.#usage.lost(slot.opened);
    this.#options.log.warn({delegate: from, remedy: error.hint}, `delegate lost: ${error.message}`);
    this.#loss ??= error;
    this.#runErrors = 0;
    this.#lostWhy.set(slot, error.message);
    slot.lose(error);
  }

  /** The first result from another place is there: after a loss, or because a better one is back. */
  #moveTo(slot: Slot, opened: Opened, sinceNs: bigint): void {
    const [from, to] = [nameOf(this.#current), nameOf(opened)];
    const loss = this.#loss;
    const cause = loss === undefined ? this.#returned(slot, to) : causeOf(loss);
    this.#slot = slot;
    this.#current = opened;
    this.#loss = undefined;
    this.#options.log[loss === undefined ? 'info' : 'warn']({from, to, cause: cause.reason}, 'delegate changed');
    const carries = opened.model.manifest.outputs.some(({role}) => role === 'state');
    if (carries || remembers(opened.model))
      this.#options.log.info({to}, "the model's state begins anew on the new delegate");
    const news = loss === undefined ? undefined : wholeCause(loss);
    this.#moves.add(from, to, {cause, sinceNs, ...(news === undefined ? {} : {news})});
    this.#slots.arrange(slot.rank);
    this.#options.changed();
  }

  #returned(slot: Slot, name: string): Cause {
    const why = this.#lostWhy.get(slot);
    const reason = why === undefined ? `${name} has become available` : `${name} works again; it was lost: ${why}`;
    return {reason, remedy: 'Nothing to do.'};
  }
}

/** A run that was not waited for any longer. */
class GivenUp extends DeviceLostError {}

function nameOf({delegate, device}: Opened): string {
  return `${delegate} ${device.id}`;
}

function toInput({model}: Opened, frame: Frame, region: Rect | undefined): FrameInput {
  // A model without a picture input was refused before it got here.
  const {index, input} = model.image!;
  return {inputIndex: index, frame, input, ...(region === undefined ? {} : {region})};
}
