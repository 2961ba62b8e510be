import type {Model} from '../../model/model.ts';
import {remembers} from '../../model/remembers.ts';
import type {Tensor, TensorSpec} from '../../tensor/tensor.ts';
import type {Fill} from './answer.ts';

/** An open model that runs one request at a time. */
export interface Runner {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Outputs are views that the next run overwrites. `fill` may be called again, for the inputs of another session. */
  run(fill: Fill): Promise<readonly Tensor[]>;
  close(): Promise<void>;
}

/**
 * Runs of requests that know nothing of each other, whoever sent them: with a model that remembers, every request but
 * the first gets a session opened anew. renew() does that ahead, while no request is there.
 */
export class IndependentRuns {
  readonly #open: () => Promise<Runner>;
  readonly #remembers: boolean;
  #runner: Promise<Runner>;
  #isFresh = true;

  constructor(model: Model, open: () => Promise<Runner>) {
    this.#open = open;
    this.#remembers = remembers(model);
    this.#runner = open();
  }

  /** The runner now in use. @throws {DunlinError} the model could not be opened, or not again */
  get runner(): Promise<Runner> {
    return this.#runner;
  }

  async run(fill: Fill): Promise<readonly Tensor[]> {
    this.renew();
    const runner = await this.#runner;
    this.#isFresh = false;
    return runner.run(fill);
  }

  /** To be called once the outputs of the last run are no longer needed. */
  renew(): void {
    if (!this.#remembers || this.#isFresh) return;
    this.#isFresh = true;
    const renewed = this.#runner.then(async used => {
      await used.close();
      return this.#open();
    });
    renewed.catch(() => {}); // told by the next run
    this.#runner = renewed;
  }

  /** Safe on a model that was never opened. */
  async close(): Promise<void> {
    const runner = await this.#runner.catch(() => undefined);
    await runner?.close();
  }
}
