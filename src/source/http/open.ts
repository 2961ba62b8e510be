import type {IncomingMessage} from 'node:http';
import {SourceError} from '../../error/errors.ts';
import {systemClock} from '../clock.ts';
import type {SourceContext} from '../context.ts';
import type {Source} from '../contract.ts';
import type {Feed} from '../live/feed.ts';
import {LiveSource} from '../live/live-source.ts';
import type {Attempt} from '../live/supervise.ts';
import {splitterInto} from '../mjpeg/feed.ts';
import type {SourceOptions} from '../options.ts';
import {redactUrl} from '../redact.ts';
import {boundaryOf, MultipartParser} from './multipart.ts';
import {requestStream} from './request.ts';

/** How often a URL that gives one picture at a time is asked, unless `fps` says so. */
const defaultPollFps = 1;

/** `http(s)://`: an MJPEG stream, or a picture that is fetched again and again. @throws {SourceError} no URL */
export async function openHttp(uri: string, options: SourceOptions, context: SourceContext): Promise<Source> {
  const name = redactUrl(uri);
  if (!URL.canParse(uri)) throw new SourceError(`${name}: not a URL`, 'Write http://HOST/PATH.');
  return new LiveSource({
    name,
    attempt: fetching(new URL(uri), name, {options, context}),
    limitsFps: true,
    options,
    clock: context.clock ?? systemClock,
    log: context.log,
  });
}

function fetching(
  url: URL,
  where: string,
  {options, context}: {options: SourceOptions; context: SourceContext},
): Attempt {
  const clock = context.clock ?? systemClock;
  const periodMs = 1000 / (options.fps ?? defaultPollFps);
  return async (feed, signal) => {
    while (!signal.aborted) {
      const startNs = clock.nowNs();
      const response = await requestStream(url, {where, tlsVerify: options.tlsVerify, signal});
      const contentType = response.headers['content-type'] ?? '';
      const seenBefore = feed.seen;
      await feedBody(response, contentType, {feed, options, where, signal});
      if (/^multipart\//i.test(contentType)) return;
      if (feed.seen === seenBefore && !signal.aborted) throw noPicture(where, contentType);
      await clock.wait(Math.max(0, periodMs - Number(clock.nowNs() - startNs) / 1e6), signal);
    }
  };
}

/** Feeds every JPEG of the body, until it ends. @throws {SourceError} the connection broke */
async function feedBody(
  response: IncomingMessage,
  contentType: string,
  {feed, options, where, signal}: {feed: Feed; options: SourceOptions; where: string; signal: AbortSignal},
): Promise<void> {
  const splitter = splitterInto(feed, options.maxFrameBytes);
  const boundary = boundaryOf(contentType);
  const handlers = {onBytes: (bytes: Uint8Array) => splitter.push(bytes), onPartEnd: () => splitter.cut()};
  const sink = boundary === undefined ? splitter : new MultipartParser(boundary, handlers);
  try {
    for await (const chunk of response) sink.push(chunk as Uint8Array);
    splitter.cut();
  } catch (cause) {
    if (signal.aborted) return;
    splitter.cut();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SourceError(`${where}: connection lost: ${reason}`, 'Check the network and the camera.', {cause});
  }
}

function noPicture(where: string, contentType: string): SourceError {
  return new SourceError(
    `${where}: expected an MJPEG stream or a JPEG picture, got ${contentType || 'no content type'}`,
    'Give the address of the MJPEG stream or snapshot, or the rtsp:// address.',
  );
}
