import {SourceError} from '../../error/errors.ts';
import {systemClock} from '../clock.ts';
import type {SourceContext} from '../context.ts';
import type {Capture, PushSource} from '../contract.ts';
import {isComplete} from '../frame.ts';
import type {Feed} from '../live/feed.ts';
import {LiveSource} from '../live/live-source.ts';
import type {SourceOptions} from '../options.ts';

/** `push:`: frames come from the program itself. */
export async function openPush(uri: string, options: SourceOptions, context: SourceContext): Promise<PushSource> {
  if (uri !== 'push:') throw new SourceError(`${uri}: expected push: alone`, 'Write push:.');
  let feed: Feed | undefined;
  const source = new LiveSource({
    name: 'push',
    whenEnded: 'end',
    restartsOnStall: false,
    limitsFps: true,
    options,
    clock: context.clock ?? systemClock,
    log: context.log,
    async attempt(opened, signal) {
      feed = opened;
      if (!signal.aborted) await new Promise(resolve => signal.addEventListener('abort', resolve, {once: true}));
      feed = undefined;
    },
  });
  return Object.assign(source, {push: (picture: Capture) => offer(feed, picture)});
}

function offer(feed: Feed | undefined, picture: Capture): boolean {
  if (feed === undefined) return false;
  if (picture.format !== 'jpeg' && !isComplete(picture)) {
    feed.bad(`push: ${picture.data.length} bytes are no ${picture.width}x${picture.height} ${picture.format}`);
    return false;
  }
  const badBefore = feed.state.bad;
  feed.deliver(picture);
  return feed.state.bad === badBefore;
}
