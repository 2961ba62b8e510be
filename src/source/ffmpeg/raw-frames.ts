import {SourceError} from '../../error/errors.ts';
import {rawBytes} from '../frame.ts';
import type {FramePool} from '../pool.ts';
import type {FrameInfo, RawFormat} from './showinfo.ts';

export interface RawPicture {
  readonly format: RawFormat;
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** The frames that ffmpeg has announced and not yet been read; a consumer may wait for the next. */
export class FrameInfos {
  readonly #waiting: FrameInfo[] = [];
  #wake: () => void = () => {};
  #ended = false;

  push(info: FrameInfo): void {
    this.#waiting.push(info);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async next(): Promise<FrameInfo | undefined> {
    while (this.#waiting.length === 0 && !this.#ended) {
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
    return this.#waiting.shift();
  }
}

export interface RawReaderOptions {
  readonly where: string;
  readonly maxFrameBytes: number;
  readonly pool: FramePool;
  /** Called with a frame that the stream's end cut off. */
  readonly onCutOff: (reason: string) => void;
}

/**
 * Cuts ffmpeg's raw output into frames; each frame's size and format come from its announcement, so both may change
 * from one frame to the next. One copy per frame.
 */
export class RawReader {
  readonly #options: RawReaderOptions;

  constructor(options: RawReaderOptions) {
    this.#options = options;
  }

  /** @throws {SourceError} a frame larger than `maxFrameBytes`, or bytes without an announcement */
  async *read(chunks: AsyncIterable<Uint8Array>, infos: FrameInfos): AsyncGenerator<RawPicture, void, void> {
    let picture: RawPicture | undefined;
    let filled = 0;
    for await (const chunk of chunks) {
      let at = 0;
      while (at < chunk.length) {
        picture ??= this.#begin(await infos.next());
        const taken = Math.min(chunk.length - at, picture.data.length - filled);
        picture.data.set(chunk.subarray(at, at + taken), filled);
        at += taken;
        filled += taken;
        if (filled < picture.data.length) continue;
        const whole = picture;
        picture = undefined;
        filled = 0;
        yield whole;
      }
    }
    if (picture !== undefined) this.#options.onCutOff(`cut off after ${filled} of ${picture.data.length} bytes`);
  }

  #begin(info: FrameInfo | undefined): RawPicture {
    const {where, maxFrameBytes, pool} = this.#options;
    if (info === undefined) {
      throw new SourceError(`${where}: ffmpeg gave bytes without saying of which frame`, 'Install a newer ffmpeg.');
    }
    const size = rawBytes(info.format, info.width, info.height);
    if (size > maxFrameBytes) {
      throw new SourceError(
        `${where}: a frame of ${info.width}x${info.height} takes ${size} bytes, more than maxFrameBytes ${maxFrameBytes}`,
        'Set width and height to scale it down, or raise maxFrameBytes.',
      );
    }
    return {...info, data: pool.take(size)};
  }
}
