import {InputError} from '../../error/errors.ts';
import type {SourceContext} from '../context.ts';
import type {Capture} from '../contract.ts';
import type {SourceOptions} from '../options.ts';
import type {FramePool} from '../pool.ts';
import type {SourceState} from '../state.ts';
import type {FileList} from './list.ts';
import {mjpegFps, mjpegPictures} from './mjpeg.ts';
import {decodeStill, lookAt} from './still.ts';

/** Pictures shown one after the other. */
const stillFps = 1;

/** A picture and the file that it came from. */
export interface FilePicture {
  readonly picture: Capture;
  readonly origin: string;
  /** Frames per second when played at its own speed; undefined where ffmpeg keeps the time. */
  readonly fps: number | undefined;
}

export interface FileWork {
  readonly files: FileList;
  readonly options: SourceOptions;
  readonly context: SourceContext;
  readonly state: SourceState;
  readonly pool: FramePool;
  /** Whether a lost decoder is started again here, or by somebody above. */
  readonly restarts: boolean;
}

/**
 * Every picture of every file once (for ever with `loop`), in order, no faster than asked for. Among many files, one
 * that is no picture or video is counted and left out.
 *
 * @throws {InputError} the only file, or every file, is no picture or video
 */
export async function* pictures(work: FileWork, signal: AbortSignal): AsyncGenerator<FilePicture, void, void> {
  const {files, options, state} = work;
  let given = 0;
  do {
    const givenBefore = given;
    let lastError: InputError | undefined;
    for (const path of files.paths) {
      try {
        for await (const picture of picturesOf(path, work, signal)) {
          given += 1;
          yield picture;
        }
      } catch (error) {
        if (!(error instanceof InputError) || !files.many) throw error;
        lastError = error;
        state.countBad(error.message, path);
      }
      if (signal.aborted) return;
    }
    if (given === givenBefore && lastError !== undefined) throw lastError;
  } while (options.loop);
}

async function* picturesOf(path: string, work: FileWork, signal: AbortSignal): AsyncGenerator<FilePicture, void, void> {
  const {maxFrameBytes} = work.options;
  const file = lookAt(path, maxFrameBytes);
  if (file.kind === 'mjpeg') {
    for await (const picture of mjpegPictures(path, {...work, maxFrameBytes}, signal)) {
      yield {picture, origin: path, fps: mjpegFps};
    }
    return;
  }
  if (file.kind === 'picture') {
    yield {picture: await decodeStill(path, file.bytes), origin: path, fps: stillFps};
    return;
  }
  const {videoPictures} = await import('../video/pictures.ts');
  // One looping video is wound back by ffmpeg itself, without a pause.
  const loop = work.options.loop && work.files.paths.length === 1;
  for await (const picture of videoPictures(path, {...work, loop}, signal)) {
    yield {picture, origin: path, fps: undefined};
  }
}
