import {createReadStream} from 'node:fs';
import {InputError} from '../../error/errors.ts';
import type {Capture} from '../contract.ts';
import {JpegSplitter} from '../mjpeg/splitter.ts';
import type {FramePool} from '../pool.ts';
import type {SourceState} from '../state.ts';

/** Rate of an MJPEG file that is played at its own speed; the format itself has none, and ffmpeg takes the same. */
export const mjpegFps = 25;

export interface MjpegWork {
  readonly maxFrameBytes: number;
  readonly state: SourceState;
  readonly pool: FramePool;
}

/**
 * The pictures of an MJPEG file (JPEGs one after the other), undecoded, in order. Damaged ones are counted and left out.
 *
 * @throws {InputError} the file holds no whole JPEG, or cannot be read
 */
export async function* mjpegPictures(
  path: string,
  {maxFrameBytes, state, pool}: MjpegWork,
  signal: AbortSignal,
): AsyncGenerator<Capture, void, void> {
  const waiting: Uint8Array[] = [];
  let found = 0;
  const splitter = new JpegSplitter({
    maxFrameBytes,
    pool,
    onFrame: jpeg => void waiting.push(jpeg),
    onBad: reason => state.countBad(reason, path),
  });
  const stream = createReadStream(path, {signal});
  try {
    for await (const chunk of stream) {
      splitter.push(chunk as Buffer);
      for (const data of waiting.splice(0)) {
        found += 1;
        yield {format: 'jpeg', data};
      }
    }
  } catch (cause) {
    if (signal.aborted) return;
    throw new InputError(`${path}: cannot be read: ${(cause as Error).message}`, 'Check the file.', {cause});
  }
  splitter.cut();
  if (found === 0)
    throw new InputError(`${path}: holds no whole JPEG picture`, 'Give an MJPEG file: JPEGs one after the other.');
}
