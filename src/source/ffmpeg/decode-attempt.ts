import {describeExit, exitError} from '../child/failure.ts';
import type {SourceContext} from '../context.ts';
import type {Feed} from '../live/feed.ts';
import type {Attempt} from '../live/supervise.ts';
import type {SourceOptions} from '../options.ts';
import {HwaccelChoice} from './hwaccel-choice.ts';
import type {Ffmpeg} from './program.ts';
import {RawReader} from './raw-frames.ts';
import {type Decoding, type FfmpegInput, startDecoding} from './session.ts';

export interface DecodeWork {
  readonly options: SourceOptions;
  readonly context: SourceContext;
  /** Built anew for each attempt; what ffmpeg understands depends on its version. */
  readonly input: (ffmpeg: Ffmpeg) => FfmpegInput;
  readonly where: string;
  readonly isCamera?: boolean;
}

/** Attempts in which ffmpeg decodes a stream to raw frames. */
export function decodingAttempt({options, context, input, where, isCamera = false}: DecodeWork): Attempt {
  const choice = new HwaccelChoice(where, options, context);
  return async (feed, signal) => {
    const {log} = context;
    const decode = {options, hwaccel: choice.current, env: context.env ?? process.env, log, isCamera};
    const decoding = await startDecoding(where, input, decode, signal);
    const seenBefore = feed.seen;
    try {
      await feedRaw(decoding, feed, {where, maxFrameBytes: options.maxFrameBytes});
      const exit = await decoding.child.exited;
      if (signal.aborted) return;
      if (feed.seen === seenBefore) choice.failed(describeExit('ffmpeg', exit));
      throw exitError(where, 'ffmpeg', exit);
    } finally {
      await decoding.child.stop();
    }
  };
}

async function feedRaw(
  {child, infos}: Decoding,
  feed: Feed,
  {where, maxFrameBytes}: {where: string; maxFrameBytes: number},
): Promise<void> {
  const reader = new RawReader({where, maxFrameBytes, pool: feed.pool, onCutOff: reason => feed.bad(reason)});
  for await (const picture of reader.read(child.chunks(), infos)) feed.deliver(picture);
}
