import {DunlinError, InputError} from '../../error/errors.ts';
import type {Log} from '../../log/log.ts';
import {linkedAbort} from '../abort.ts';
import {MissingProgramError} from '../child/program.ts';
import type {Clock} from '../clock.ts';
import type {SourceOptions} from '../options.ts';
import type {SourceState} from '../state.ts';
import {Backoff} from './backoff.ts';
import type {Feed} from './feed.ts';
import {Watchdog} from './watchdog.ts';

/**
 * One connection to the camera, program or file: feeds frames until it ends by itself (resolves), fails (rejects)
 * or `signal` aborts (either). Holds nothing once settled.
 */
export type Attempt = (feed: Feed, signal: AbortSignal) => Promise<void>;

export interface Supervised {
  readonly name: string;
  readonly attempt: Attempt;
  /** Whether an attempt that ended by itself is made again (a camera) or was all there is (a file). */
  readonly whenEnded: 'restart' | 'end';
  /** False where a stall is only reported, because nothing could be started again. */
  readonly restartsOnStall: boolean;
  readonly feed: Feed;
  readonly state: SourceState;
  readonly options: SourceOptions;
  readonly clock: Clock;
  readonly log: Log;
}

/** How an attempt ended. */
interface Outcome {
  readonly reason: string;
  readonly endedByItself: boolean;
  readonly goodMs: number;
}

/**
 * Makes attempt after attempt, with pauses, until `signal` aborts or the source has ended.
 *
 * @throws {InputError | MissingProgramError} what no further attempt can mend
 */
export async function supervise(supervised: Supervised, signal: AbortSignal): Promise<void> {
  const {name, options, state, clock, log} = supervised;
  const backoff = new Backoff(options.restartMinS * 1000, options.restartMaxS * 1000);
  while (!signal.aborted) {
    const outcome = await runAttempt(supervised, signal);
    if (signal.aborted || (outcome.endedByItself && supervised.whenEnded === 'end')) return;
    const pauseMs = backoff.nextMs(outcome.goodMs);
    state.setHealth({status: 'restarting', reason: `${outcome.reason}; starting again in ${pauseMs} ms`});
    log.warn({source: name, reason: outcome.reason, pauseMs, restarts: state.restarts}, 'source lost, starting again');
    await clock.wait(pauseMs, signal);
    if (!signal.aborted) state.restarts += 1;
  }
}

async function runAttempt(supervised: Supervised, signal: AbortSignal): Promise<Outcome> {
  const {attempt, feed, state, clock} = supervised;
  const {controller, unlink} = linkedAbort(signal);
  let stalled: string | undefined;
  let firstNs: bigint | undefined;
  const watchdog = watch(supervised, reason => {
    stalled = reason;
    controller.abort(new Error(reason));
  });
  feed.onFrame = () => {
    firstNs ??= clock.nowNs();
    watchdog.alive();
  };
  const goodMs = () => (firstNs === undefined ? 0 : Number(clock.nowNs() - firstNs) / 1e6);
  try {
    await attempt(feed, controller.signal);
    return {reason: stalled ?? 'it ended', endedByItself: stalled === undefined, goodMs: goodMs()};
  } catch (error) {
    if (stalled === undefined && !signal.aborted && isFatal(error, state)) throw error;
    return {reason: stalled ?? messageOf(error), endedByItself: false, goodMs: goodMs()};
  } finally {
    watchdog.stop();
    unlink();
  }
}

function watch({options, state, clock, log, name, restartsOnStall}: Supervised, onStall: (reason: string) => void) {
  const slowestMs = options.fps === undefined ? 0 : 3000 / options.fps;
  return new Watchdog({
    clock,
    firstMs: Math.max(options.startWithinS * 1000, slowestMs),
    nextMs: Math.max(options.stallAfterS * 1000, slowestMs),
    onSilence(silentMs) {
      const reason = `no frame for ${(silentMs / 1000).toFixed(1)} s`;
      state.setHealth({status: 'stalled', reason});
      log.warn({source: name, reason}, 'source stalled');
      if (restartsOnStall) onStall(reason);
    },
  });
}

/** A missing program is fatal only at the start: later it is being upgraded. */
function isFatal(error: unknown, state: SourceState): boolean {
  if (error instanceof MissingProgramError) return state.captured === 0;
  return error instanceof InputError || !(error instanceof DunlinError);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
