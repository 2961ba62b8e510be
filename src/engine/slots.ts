import {ConfigError, UsageError} from '../error/errors.ts';
import type {Clock} from './clock.ts';
import type {KeeperOptions} from './keeper.ts';
import type {Opened} from './place.ts';
import {Slot} from './slot.ts';
import {fitsStandby} from './standby.ts';

/** Between trying one place and the next while no place works, milliseconds: all at once would take the memory of all. */
const staggerMs = 250;

/** The places of an order: which are worth a session, and waiting for one that works. */
export class Slots {
  readonly list: readonly Slot[];
  readonly #options: Pick<KeeperOptions, 'policy' | 'memory' | 'models' | 'log'> & {readonly clock: Clock};
  readonly #signal: AbortSignal;
  /** Position of the place in use; undefined until there is one. */
  #rank: number | undefined;
  #stranded = false;
  #changing: Promise<void> = Promise.resolve();
  #wake = () => {};

  /** @param changed called when a place has got or lost its session, or the reason why it has none changed */
  constructor(options: KeeperOptions, signal: AbortSignal, changed: () => void) {
    const {policy, clock, log} = options;
    this.#options = options;
    this.#signal = signal;
    const onChange = () => {
      this.#wake();
      this.#nextChange();
      this.arrange();
      changed();
    };
    const context = {place: options, policy, clock, log, changed: onChange};
    this.list = options.order.map((place, rank) => new Slot(place, rank, context));
    this.#nextChange();
    signal.addEventListener('abort', () => this.#wake(), {once: true});
  }

  /** The best place that works; undefined when none does. */
  get best(): Slot | undefined {
    return this.list.find(({opened}) => opened !== undefined);
  }

  get opened(): readonly Opened[] {
    return this.list.flatMap(({opened}) => opened ?? []);
  }

  /** True while no place works and all are tried. */
  get stranded(): boolean {
    return this.#stranded;
  }

  /**
   * Opens them in order until one works. One that takes long to open does not hold the others up: it is taken when it is
   * ready.
   *
   * @returns undefined when none works
   * @throws {UsageError} no delegate of that name
   * @throws {ConfigError} a delegate's options are wrong
   */
  async openFirst(): Promise<Slot | undefined> {
    const isTried = ({opened, refusals}: Slot) => opened !== undefined || refusals.length > 0;
    for (const slot of this.list) {
      slot.want();
      await this.#until(() => isTried(slot), this.#options.policy.openPatienceMs);
      const wrong = slot.refusals.find(({error}) => error instanceof UsageError || error instanceof ConfigError);
      if (wrong !== undefined) throw wrong.error;
      if (this.best !== undefined) return this.best;
    }
    while (this.best === undefined && !this.list.every(isTried)) await this.#changing;
    return this.best;
  }

  /** Decides which places are worth a session: better ones than the one in use, that one, and standbys. */
  arrange(rank = this.#rank): void {
    this.#rank = rank;
    if (rank === undefined || this.#signal.aborted) return;
    const standbys = this.#standbys(rank);
    for (const slot of this.list) {
      if (slot.rank <= rank) slot.want();
      else if (!this.#stranded && !standbys.includes(slot)) slot.release();
    }
    for (const slot of standbys) void this.#warm(slot);
  }

  /** Resolves once another place than this could run the frame, or the signal aborts. */
  async otherReady(slot: Slot): Promise<undefined> {
    const others = this.list.filter(other => other !== slot);
    for (const other of others) if (other.rank > slot.rank) other.hurry();
    while (!this.#signal.aborted && others.every(({opened}) => opened === undefined)) await this.#changing;
  }

  /**
   * Waits until a place works: tries the next ones first, then the lost ones.
   *
   * @param stuck called when none works at once
   * @returns false when the signal aborted first, or every place refuses the model
   */
  async anyReady(stuck: () => void): Promise<boolean> {
    const rank = this.#rank ?? 0;
    const order = [...this.list.filter(slot => slot.rank > rank), ...this.list.filter(slot => slot.rank <= rank)];
    this.#stranded = true;
    try {
      for (const slot of order.filter(({isRefused}) => !isRefused)) {
        slot.hurry();
        if (await this.#readyWithin(staggerMs)) return true;
      }
      stuck();
      while (!this.#signal.aborted && this.best === undefined && !this.list.every(({isRefused}) => isRefused)) {
        await this.#changing;
      }
      return this.best !== undefined;
    } finally {
      this.#stranded = false;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.list.map(slot => slot.stop()));
  }

  async #readyWithin(ms: number): Promise<boolean> {
    await this.#until(() => this.#signal.aborted || this.best !== undefined, ms);
    return this.best !== undefined;
  }

  /** Resolves once the condition holds, looked at whenever a place changes, or the time is over. */
  async #until(holds: () => boolean, ms: number): Promise<void> {
    const over = new AbortController();
    let waiting = true;
    const timer = this.#options.clock.wait(ms, over.signal).then(() => {
      waiting = false;
    });
    while (waiting && !holds()) await Promise.race([timer, this.#changing]);
    over.abort();
  }

  /** The next place that may work, and the last one. */
  #standbys(rank: number): readonly Slot[] {
    if (!this.#options.policy.standby) return [];
    const lower = this.list.filter(slot => slot.rank > rank && !slot.isRefused);
    return [...new Set([lower[0], lower.at(-1)])].filter(slot => slot !== undefined);
  }

  async #warm(slot: Slot): Promise<void> {
    if (slot.opened !== undefined || slot.isTrying) return;
    const {models, memory, log} = this.#options;
    if (!fitsStandby(models.primary.bytes.length, await memory())) {
      log.debug({delegate: slot.place}, 'not kept open as a standby: too little memory is left');
      return;
    }
    const isWanted = this.#rank !== undefined && this.#standbys(this.#rank).includes(slot);
    if (isWanted && !this.#signal.aborted) slot.want();
  }

  #nextChange(): void {
    this.#changing = new Promise(resolve => {
      this.#wake = resolve;
    });
  }
}
