import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import type {Session} from '../../src/delegate/contract.ts';
import {DelegateUnavailableError, DunlinError, ModelUnsupportedError} from '../../src/error/errors.ts';
import type {Log} from '../../src/log/log.ts';
import type {Chip} from './board.ts';
import {BuildFailures} from './build-failures.ts';
import {BuildLock, type BuildProgress} from './build-lock.ts';
import {BuildTimes, duration} from './build-times.ts';
import {EngineCache} from './engine-cache.ts';
import {TimingCache} from './timing-cache.ts';

/** An engine that somebody wants. */
export interface EngineOrder {
  readonly key: string;
  /** Leads messages: `jetson gpu:0`. */
  readonly where: string;
  readonly modelName: string;
  readonly chip: Chip;
  readonly precision: string;
  readonly macs: number;
  /** For people who look into the cache. */
  readonly about: Readonly<Record<string, string>>;
  /** Opens the model in a process of its own, its caches in these folders: opening it builds the engine. */
  build(enginesFolder: string, timingFolder: string): Promise<Session>;
}

/** Builds that end without a word, because the board ran out of memory or power, are not tried for ever. */
const mostCutOff = 3;

/** Builds TensorRT engines in the background, each once, and keeps them. */
export class EngineBuilder {
  readonly cache: EngineCache;
  readonly #log: Log;
  readonly #times: BuildTimes;
  readonly #failures: BuildFailures;
  readonly #timing: TimingCache;

  constructor(folder: string, log: Log, now: () => number = Date.now) {
    this.cache = new EngineCache(folder);
    this.#log = log;
    this.#times = new BuildTimes(join(folder, 'build-times.json'));
    this.#failures = new BuildFailures(now);
    this.#timing = new TimingCache(join(folder, 'timing'));
  }

  /**
   * The folder of a whole engine.
   *
   * @throws {DelegateUnavailableError} it is being built, by this call or by another; or the last build failed
   * @throws {ModelUnsupportedError} the library refused the model when it was to be built
   */
  async engine(order: EngineOrder): Promise<string> {
    try {
      return await this.#engine(order);
    } catch (error) {
      if (error instanceof DunlinError) throw error;
      const said = error instanceof Error ? error.message : String(error);
      throw new DelegateUnavailableError(
        `${order.where}: the cache of TensorRT engines cannot be used: ${said}`,
        `Make room on the disk of ${this.cache.folder} and let Dunlin write there, or set "providers: [cuda, cpu]".`,
        {cause: error},
      );
    }
  }

  async #engine(order: EngineOrder): Promise<string> {
    const {key, where} = order;
    const state = await this.cache.state(key);
    if (state.is === 'whole') return state.folder;
    if (state.is === 'damaged') {
      this.#log.warn(
        {model: order.modelName},
        `${where}: the cached TensorRT engine is damaged (${state.reason}): building it anew`,
      );
      await this.cache.discard(key);
    }
    await this.#refuseFailed(order);
    return this.#start(order);
  }

  /** The engine works: failures before it are history. */
  async accept(order: EngineOrder): Promise<void> {
    await this.#failures.clear(this.#failurePath(order));
  }

  /** Forgets an engine that is as it was built, but that the library cannot use. Counts as a failed build. */
  async reject(order: EngineOrder, reason: string): Promise<void> {
    this.#log.warn({model: order.modelName}, `${order.where}: the cached TensorRT engine cannot be used: ${reason}`);
    await this.#fail(order, reason);
    await this.cache.discard(order.key);
  }

  async #start(order: EngineOrder): Promise<string> {
    const estimateMs = await this.#times.estimate(order.chip, order.precision, order.macs);
    const lock = await BuildLock.take(join(this.cache.folder, 'building.lock'), order.key, estimateMs);
    if (!(lock instanceof BuildLock)) throw beingBuilt(order, lock);
    // Another may have finished between the look into the cache and the lock.
    const state = await this.cache.state(order.key);
    if (state.is === 'whole') {
      await lock.release();
      return state.folder;
    }
    if (lock.cutOff >= mostCutOff) {
      await this.#fail(order, `it ended ${lock.cutOff} times without a word: the board may lack memory or power`);
      await lock.release();
      throw (await this.#failed(order)) ?? beingBuilt(order, {key: order.key, elapsedMs: 0, estimateMs});
    }
    void this.#build(order, lock, estimateMs);
    throw beingBuilt(order, {key: order.key, elapsedMs: 0, estimateMs});
  }

  /** Never rejects: what goes wrong is remembered for the next who asks. */
  async #build(order: EngineOrder, lock: BuildLock, estimateMs: number): Promise<void> {
    const {where, modelName: model} = order;
    this.#log.info({model}, `${where}: building the TensorRT engine, about ${duration(estimateMs)}`);
    const outcome = await this.#attempt(order);
    await lock.release().catch(() => {});
    if ('ms' in outcome) {
      this.#log.info({model}, `${where}: the TensorRT engine is ready after ${duration(outcome.ms)}`);
    } else {
      this.#log.warn({model}, `${where}: the TensorRT engine could not be built: ${outcome.reason}`);
    }
  }

  async #attempt(order: EngineOrder): Promise<{readonly ms: number} | {readonly reason: string}> {
    try {
      return {ms: await this.#buildAndKeep(order)};
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      await this.#fail(order, reason, error instanceof ModelUnsupportedError);
      return {reason};
    }
  }

  async #buildAndKeep(order: EngineOrder): Promise<number> {
    const draft = await this.cache.draft(order.key);
    try {
      const ms = await this.#buildInto(order, draft);
      await this.cache.keep(order.key, draft, {...order.about, built: `in ${duration(ms)}`});
      await this.#times.add({gpu: order.chip.name, precision: order.precision, macs: order.macs, ms});
      return ms;
    } finally {
      await rm(draft, {recursive: true, force: true});
    }
  }

  /** Opening builds what has fixed shapes, the first run the rest. */
  async #buildInto(order: EngineOrder, draft: string): Promise<number> {
    const startedAt = process.hrtime.bigint();
    const timing = join(draft, 'timing');
    try {
      await this.#timing.lend(timing);
      const session = await order.build(this.cache.enginesOf(draft), timing);
      try {
        await session.run();
      } finally {
        await session.close();
      }
      await this.#timing.takeBack(timing);
    } catch (error) {
      await this.#timing.discard();
      throw error;
    }
    return Number((process.hrtime.bigint() - startedAt) / 1_000_000n);
  }

  async #fail(order: EngineOrder, reason: string, refused = false): Promise<void> {
    await this.#failures.add(this.#failurePath(order), reason, refused);
  }

  async #refuseFailed(order: EngineOrder): Promise<void> {
    const failed = await this.#failed(order);
    if (failed !== undefined) throw failed;
  }

  async #failed(order: EngineOrder): Promise<DunlinError | undefined> {
    const failure = await this.#failures.last(this.#failurePath(order));
    if (failure === undefined || failure.restMs === 0) return undefined;
    const {reason, refused, attempts, restMs} = failure;
    if (refused) return new ModelUnsupportedError(reason, 'Export the model again, or use another delegate for it.');
    const times = attempts === 1 ? '' : `, ${attempts} times now`;
    return new DelegateUnavailableError(
      `${order.where}: the TensorRT engine could not be built${times}: ${reason}; next try in ${duration(restMs)}`,
      `Give the board more memory (swap, a smaller workspaceMiB) or set "providers: [cuda, cpu]"; delete ${this.#failurePath(order)} to try at once.`,
    );
  }

  #failurePath({key}: EngineOrder): string {
    return join(this.cache.folder, `${key}.failed.json`);
  }
}

function beingBuilt({key, where}: EngineOrder, {key: built, elapsedMs, estimateMs}: BuildProgress): DunlinError {
  const state = key === built ? 'is being built' : 'waits for another one to be built';
  const expected =
    elapsedMs > estimateMs ? `longer than the usual ${duration(estimateMs)}` : `of about ${duration(estimateMs)}`;
  return new DelegateUnavailableError(
    `${where}: the TensorRT engine ${state} (${duration(elapsedMs)} ${expected})`,
    'Wait: the next delegate of the order runs the model until the engine is ready.',
  );
}
