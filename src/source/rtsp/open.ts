import {SourceError} from '../../error/errors.ts';
import {systemClock} from '../clock.ts';
import type {SourceContext} from '../context.ts';
import type {Source} from '../contract.ts';
import {decodingAttempt} from '../ffmpeg/decode-attempt.ts';
import {type Ffmpeg, isAtLeast} from '../ffmpeg/program.ts';
import type {FfmpegInput} from '../ffmpeg/session.ts';
import {LiveSource} from '../live/live-source.ts';
import type {SourceOptions} from '../options.ts';
import {redactorOf, redactUrl} from '../redact.ts';

/** What an RTSP session may open; nothing on disk. */
const protocols = 'rtsp,rtp,udp,tcp,tls,srtp,crypto';

/** `rtsp://` and `rtsps://`: decoded by ffmpeg. @throws {SourceError} no URL */
export async function openRtsp(uri: string, options: SourceOptions, context: SourceContext): Promise<Source> {
  const name = redactUrl(uri);
  if (!URL.canParse(uri)) throw new SourceError(`${name}: not a URL`, 'Write rtsp://HOST/PATH.');
  const redact = redactorOf(uri);
  // Measured with GStreamer's server: the first frame comes after 0.5 s instead of 1.6 s when ffmpeg does not look at the
  // stream before it decodes. A stream that needs looking at gets that after an attempt without a frame.
  let analyse = false;
  const input = (ffmpeg: Ffmpeg): FfmpegInput => ({args: rtspArgs(uri, options, {ffmpeg, analyse}), redact});
  const decode = decodingAttempt({options, context, input, where: name});
  return new LiveSource({
    name,
    async attempt(feed, signal) {
      const seenBefore = feed.seen;
      try {
        await decode(feed, signal);
      } finally {
        if (feed.seen === seenBefore) analyse = !analyse;
      }
    },
    options,
    clock: context.clock ?? systemClock,
    log: context.log,
  });
}

function rtspArgs(
  uri: string,
  {rtspTransport, startWithinS}: SourceOptions,
  {ffmpeg, analyse}: {ffmpeg: Ffmpeg; analyse: boolean},
): string[] {
  const timeoutUs = String(Math.round(startWithinS * 1e6));
  return [
    ...['-protocol_whitelist', protocols],
    ...['-rtsp_transport', rtspTransport, '-allowed_media_types', 'video'],
    // Before 5.0 `-timeout` made ffmpeg a server.
    ...[isAtLeast(ffmpeg, 5, 0) ? '-timeout' : '-stimeout', timeoutUs],
    ...['-fflags', 'nobuffer', ...(analyse ? [] : ['-probesize', '32', '-analyzeduration', '0'])],
    ...['-i', uri],
  ];
}
