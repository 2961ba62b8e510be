import {performance} from 'node:perf_hooks';
import {setTimeout as wait} from 'node:timers/promises';
import {DunlinError} from '../../src/error/errors.ts';
import {Circuit, type CircuitOptions} from './circuit.ts';
import {type Deadline, leftMs} from './deadline.ts';
import {fault, judge, type Outcome} from './outcome.ts';
import {RetryBudget} from './retry-budget.ts';

const mostTries = 3;
/** Milliseconds before the second try, doubled before the third: a server that restarts needs a moment. */
const firstWait = 25;

export interface CallRules {
  readonly retries: {readonly budget: number};
  readonly circuit: CircuitOptions;
}

/** Calls to one server: retried within a budget and the deadline, and none at all while the server is left alone. */
export class Calls {
  readonly #budget: RetryBudget;
  readonly #circuit: Circuit;

  constructor({retries, circuit}: CallRules) {
    this.#budget = new RetryBudget(retries.budget);
    this.#circuit = new Circuit(circuit, () => performance.now());
  }

  /** Why no call may be made now; undefined when one may. */
  get rest(): string | undefined {
    const {restMs, failures} = this.#circuit;
    if (restMs === 0) return undefined;
    return `left alone after ${failures} failures in a row; tried again in ${(restMs / 1000).toFixed(1)} s`;
  }

  /** @param attempt makes one idempotent call */
  async make(attempt: () => Promise<Outcome>, deadline: Deadline): Promise<Outcome> {
    const {rest} = this;
    if (rest !== undefined || !this.#circuit.admit()) {
      return fault(rest ?? 'left alone', 'Read the log for its failures; Dunlin tries it again by itself.');
    }
    let outcome: Outcome | undefined;
    try {
      outcome = await this.#tries(() => attempt().catch(whatIsMissing), deadline);
      return outcome;
    } finally {
      const verdict = outcome === undefined ? 'failed' : judge(outcome);
      if (verdict === 'busy' || verdict === 'failed') this.#circuit.failed();
      else this.#circuit.succeeded();
      if (verdict === 'good') this.#budget.succeeded();
    }
  }

  async #tries(attempt: () => Promise<Outcome>, deadline: Deadline): Promise<Outcome> {
    let outcome = await attempt();
    if (outcome.kind === 'fault' && outcome.stale) outcome = await attempt();
    for (let tries = 1; tries < mostTries; tries++) {
      const pause = pauseBefore(outcome, tries);
      if (pause === undefined || pause >= leftMs(deadline) || !this.#budget.take()) break;
      await wait(pause);
      outcome = await attempt();
    }
    return outcome;
  }
}

/** A token or certificate that cannot be read any more leaves the server as unreachable as a cut cable. */
function whatIsMissing(error: unknown): Outcome {
  if (error instanceof DunlinError) return fault(error.message, error.hint);
  throw error;
}

/** Milliseconds until the next try; undefined when trying again is of no use. */
function pauseBefore(outcome: Outcome, tries: number): number | undefined {
  const usual = firstWait * 2 ** (tries - 1) * (0.5 + Math.random());
  if (outcome.kind === 'fault') return outcome.retryable ? usual : undefined;
  if (judge(outcome) !== 'busy') return undefined;
  return outcome.status === 429 ? outcome.retryAfterMs : (outcome.retryAfterMs ?? usual);
}
