import {systemClock} from '../clock.ts';
import type {SourceContext} from '../context.ts';
import type {Source} from '../contract.ts';
import {LiveSource} from '../live/live-source.ts';
import type {Attempt} from '../live/supervise.ts';
import type {SourceOptions} from '../options.ts';
import {FileSource} from './file-source.ts';
import {type FileList, listFiles} from './list.ts';
import {pictures} from './pictures.ts';

/** A file, directory or glob; live when `realtime` is set. @throws {SourceError} nothing there */
export async function openFiles(path: string, options: SourceOptions, context: SourceContext): Promise<Source> {
  const files = await listFiles(path);
  if (!options.realtime) return new FileSource(path, files, {options, context});
  return new LiveSource({
    name: path,
    attempt: playing(files, options, context),
    whenEnded: 'end',
    options,
    clock: context.clock ?? systemClock,
    log: context.log,
  });
}

/** Plays the files at their own speed: ffmpeg paces videos, pictures come at `fps` (one per second by default). */
function playing(files: FileList, options: SourceOptions, context: SourceContext): Attempt {
  const clock = context.clock ?? systemClock;
  return async (feed, signal) => {
    const work = {files, options, context, state: feed.state, pool: feed.pool, restarts: false};
    for await (const {picture, origin, fps} of pictures(work, signal)) {
      if (signal.aborted) return;
      feed.deliver(picture, origin);
      if (fps !== undefined) await clock.wait(1000 / (options.fps ?? fps), signal);
    }
  };
}
