import {fileURLToPath} from 'node:url';
import {z} from 'zod';
import {ConfigError, SourceError} from '../error/errors.ts';
import type {SourceContext} from './context.ts';
import type {PushSource, Source} from './contract.ts';
import {type SourceOptions, type SourceOptionsInput, sourceOptionsSchema} from './options.ts';
import {redactUrl} from './redact.ts';

type Open = (uri: string, options: SourceOptions, context: SourceContext) => Promise<Source>;

const openPath: Open = async (path, ...rest) => (await import('./files/open.ts')).openFiles(path, ...rest);

/** How a URI begins → what opens it. Each is loaded when it is first asked for. */
const openers: Readonly<Record<string, Open>> = {
  rtsp: async (...args) => (await import('./rtsp/open.ts')).openRtsp(...args),
  rtsps: async (...args) => (await import('./rtsp/open.ts')).openRtsp(...args),
  http: async (...args) => (await import('./http/open.ts')).openHttp(...args),
  https: async (...args) => (await import('./http/open.ts')).openHttp(...args),
  v4l2: async (...args) => (await import('./v4l2/open.ts')).openV4l2(...args),
  rpicam: async (...args) => (await import('./rpicam/open.ts')).openRpicam(...args),
  raspistill: async (...args) => (await import('./raspistill/open.ts')).openRaspistill(...args),
  stdin: async (...args) => (await import('./stdin/open.ts')).openStdin(...args),
  push: async (...args) => (await import('./push/open.ts')).openPush(...args),
  file: (uri, ...rest) => openPath(filePath(uri), ...rest),
  test: async (...args) => (await import('./pattern/open.ts')).openPattern(...args),
};

/** How the URI of a source may begin, without the colon. */
export const sourceSchemes: readonly string[] = Object.keys(openers);

/**
 * Opens the source that a URI names; docs/sources.md lists the kinds. A text without a scheme is the path of a file
 * or directory, or a glob. Nothing is started before `frames()`.
 *
 * @throws {SourceError} nothing there, or a scheme that is not known
 * @throws {ConfigError} options out of range
 */
export async function openSource(uri: string, options: SourceOptionsInput, context: SourceContext): Promise<Source> {
  const parsed = sourceOptionsSchema.safeParse(options);
  if (!parsed.success) {
    throw new ConfigError(
      `source ${redactUrl(uri)}: ${z.prettifyError(parsed.error)}`,
      'Correct the options; docs/sources.md lists them.',
    );
  }
  const inner = {...context, log: context.log.child({area: 'source'})};
  const source = await openUri(uri, parsed.data, inner);
  if (context.ownThread !== true || !source.live || isPushSource(source) || context.stdin !== undefined) return source;
  const {ThreadedSource} = await import('./thread/threaded-source.ts');
  return new ThreadedSource(source, uri, {options: parsed.data, context: inner});
}

/** Whether frames can be pushed into it. */
export function isPushSource(source: Source): source is PushSource {
  return 'push' in source;
}

const openUri: Open = (uri, ...rest) => openerOf(uri)(uri, ...rest);

function openerOf(uri: string): Open {
  const scheme = /^([a-z][a-z0-9+]+):/.exec(uri)?.[1];
  if (/^\/dev\/(video\d|v4l\/)/.test(uri)) return (device, ...rest) => openUri(`v4l2:${device}`, ...rest);
  if (scheme === undefined) return openPath;
  const open = openers[scheme];
  if (open !== undefined) return open;
  throw new SourceError(
    `${redactUrl(uri)}: unknown kind of source "${scheme}:"; known are ${sourceSchemes.map(known => `${known}:`).join(', ')}`,
    'Correct the source; write a file whose name has a colon as ./NAME.',
  );
}

function filePath(uri: string): string {
  try {
    return fileURLToPath(uri);
  } catch (cause) {
    throw new SourceError(`${uri}: not a file URL`, 'Write the path alone, or file:///PATH.', {cause});
  }
}
