import {createReadStream, fstatSync} from 'node:fs';
import {Socket} from 'node:net';
import type {Readable} from 'node:stream';
import {SourceError} from '../../error/errors.ts';
import {systemClock} from '../clock.ts';
import type {SourceContext} from '../context.ts';
import type {Source} from '../contract.ts';
import {LiveSource} from '../live/live-source.ts';
import type {Attempt} from '../live/supervise.ts';
import {splitterInto} from '../mjpeg/feed.ts';
import type {SourceOptions} from '../options.ts';

/** `stdin:`: JPEG pictures one behind the other on standard input; ends with it. */
export async function openStdin(uri: string, options: SourceOptions, context: SourceContext): Promise<Source> {
  if (uri !== 'stdin:') throw new SourceError(`${uri}: expected stdin: alone`, 'Write stdin:.');
  return new LiveSource({
    name: 'stdin',
    attempt: reading(options, context),
    whenEnded: 'end',
    restartsOnStall: false,
    limitsFps: true,
    options,
    clock: context.clock ?? systemClock,
    log: context.log,
  });
}

function reading(options: SourceOptions, context: SourceContext): Attempt {
  return async (feed, signal) => {
    const splitter = splitterInto(feed, options.maxFrameBytes);
    const input = context.stdin ?? openDescriptor();
    const stop = () => input.destroy();
    signal.addEventListener('abort', stop, {once: true});
    try {
      for await (const chunk of input) splitter.push(chunk as Uint8Array);
      splitter.cut();
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  };
}

/** Descriptor 0 as a stream that waits for input without holding one of libuv's threads, and works in worker threads. */
function openDescriptor(): Readable {
  const kind = fstatSync(0);
  if (kind.isFIFO() || kind.isSocket()) return new Socket({fd: 0, readable: true, writable: false});
  if (kind.isFile()) return createReadStream('', {fd: 0, autoClose: false});
  throw new SourceError('stdin: standard input is no pipe or file', 'Pipe JPEG pictures into it.');
}
