import {InputError, SourceError} from '../../error/errors.ts';
import type {ChildExit} from '../child/child.ts';
import {describeExit} from '../child/failure.ts';
import {systemClock} from '../clock.ts';
import type {SourceContext} from '../context.ts';
import {HwaccelChoice} from '../ffmpeg/hwaccel-choice.ts';
import {type RawPicture, RawReader} from '../ffmpeg/raw-frames.ts';
import {type Decoding, startDecoding} from '../ffmpeg/session.ts';
import {Watchdog} from '../live/watchdog.ts';
import type {SourceOptions} from '../options.ts';
import type {FramePool} from '../pool.ts';
import type {SourceState} from '../state.ts';

export interface VideoWork {
  readonly options: SourceOptions;
  readonly context: SourceContext;
  readonly state: SourceState;
  readonly pool: FramePool;
  /** Wound back at its end, for ever. */
  readonly loop: boolean;
  /** Whether a decoder that is killed or hangs is started again here, or by somebody above. */
  readonly restarts: boolean;
}

/** Restarts in a row without a new frame before giving up. */
const maxFruitless = 3;

/**
 * Every frame of a video file, in order, decoded no faster than asked for. A decoder that is killed or hangs is
 * started again, and goes on after the last frame that was given (from the beginning where the video loops).
 *
 * @throws {InputError} no video that ffmpeg can read
 * @throws {SourceError} the decoder cannot be kept running
 */
export async function* videoPictures(path: string, work: VideoWork, signal: AbortSignal): AsyncGenerator<RawPicture> {
  const choice = new HwaccelChoice(path, work.options, work.context);
  let given = 0;
  let fruitless = 0;
  while (!signal.aborted) {
    const before = given;
    const run = new VideoRun(path, work, choice);
    for await (const picture of run.pictures(work.loop ? 0 : given, signal)) {
      given += 1;
      yield picture;
    }
    const exit = await run.exit;
    if (signal.aborted || (exit.code === 0 && given > 0)) return;
    const reason = run.stalled ?? describeExit('ffmpeg', exit);
    if (given === 0 && choice.failed(reason)) continue;
    if (!wasKilled(exit) && run.stalled === undefined) throw unusable(path, given, exit);
    fruitless = given > before ? 0 : fruitless + 1;
    if (!work.restarts || fruitless > maxFruitless)
      throw new SourceError(`${path}: ${reason}`, 'Look for memory or disk trouble.');
    work.state.restarts += 1;
    work.state.setHealth({status: 'restarting', reason});
    work.context.log.warn({source: path, reason, given}, 'decoder lost, starting again');
  }
}

/** One ffmpeg on one file. */
class VideoRun {
  readonly #path: string;
  readonly #work: VideoWork;
  readonly #choice: HwaccelChoice;
  /** Known once the pictures have ended. */
  exit: Promise<ChildExit> = Promise.resolve({code: null, signal: null, tail: []});
  stalled: string | undefined;

  constructor(path: string, work: VideoWork, choice: HwaccelChoice) {
    this.#path = path;
    this.#work = work;
    this.#choice = choice;
  }

  async *pictures(skip: number, signal: AbortSignal): AsyncGenerator<RawPicture, void, void> {
    const decoding = await this.#start(skip, signal);
    this.exit = decoding.child.exited;
    const reader = new RawReader({
      where: this.#path,
      maxFrameBytes: this.#work.options.maxFrameBytes,
      pool: this.#work.pool,
      onCutOff: reason => this.#work.context.log.debug({source: this.#path, reason}, 'frame cut off'),
    });
    const frames = reader.read(decoding.child.chunks(), decoding.infos);
    try {
      for (;;) {
        const next = await this.#within(frames.next(), decoding);
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await decoding.child.stop();
    }
  }

  #start(skip: number, signal: AbortSignal): Promise<Decoding> {
    const {options, context, loop} = this.#work;
    const args = [
      ...(options.realtime ? ['-re'] : []),
      ...(loop ? ['-stream_loop', '-1'] : []),
      ...['-protocol_whitelist', 'file', '-i', `file:${this.#path}`],
    ];
    const input = () => ({args, redact: (text: string) => text});
    const env = context.env ?? process.env;
    const decode = {options, hwaccel: this.#choice.current, skip, env, log: context.log};
    return startDecoding(this.#path, input, decode, signal);
  }

  /** Kills the decoder when it keeps us waiting; time that the consumer takes does not count. */
  async #within<T>(wait: Promise<T>, {child}: Decoding): Promise<T> {
    const {options, context, state} = this.#work;
    const patienceMs = Math.max(options.stallAfterS, options.startWithinS) * 1000;
    const watchdog = new Watchdog({
      clock: context.clock ?? systemClock,
      firstMs: patienceMs,
      nextMs: patienceMs,
      onSilence: silentMs => {
        this.stalled = `ffmpeg gave nothing for ${(silentMs / 1000).toFixed(1)} s`;
        state.setHealth({status: 'stalled', reason: this.stalled});
        void child.kill();
      },
    });
    try {
      return await wait;
    } finally {
      watchdog.stop();
    }
  }
}

/** By a signal; ffmpeg turns those that it can catch into 255. */
function wasKilled({code}: ChildExit): boolean {
  return code === null || code === 255;
}

function unusable(path: string, given: number, exit: ChildExit): InputError {
  const reason = describeExit('ffmpeg', exit);
  return given === 0
    ? new InputError(`${path}: no picture or video that can be read: ${reason}`, 'Check the file with ffprobe.')
    : new InputError(`${path}: ended early, after ${given} frames: ${reason}`, 'Check the file with ffprobe.');
}
