import type {Feed} from '../live/feed.ts';
import {JpegSplitter} from './splitter.ts';

/** A splitter whose pictures go to a feed. */
export function splitterInto(feed: Feed, maxFrameBytes: number): JpegSplitter {
  return new JpegSplitter({
    maxFrameBytes,
    pool: feed.pool,
    onFrame: data => feed.deliver({format: 'jpeg', data}),
    onBad: reason => feed.bad(reason),
  });
}

/** Feeds every JPEG picture of a stream until it ends. */
export async function feedMjpeg(chunks: AsyncIterable<Uint8Array>, feed: Feed, maxFrameBytes: number): Promise<void> {
  const splitter = splitterInto(feed, maxFrameBytes);
  for await (const chunk of chunks) splitter.push(chunk);
  splitter.cut();
}
