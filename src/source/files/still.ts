import {closeSync, constants, fstatSync, openSync, readSync} from 'node:fs';
import {InputError, SourceError} from '../../error/errors.ts';
import {readImageFile} from '../../image/decode.ts';
import type {Capture} from '../contract.ts';
import {type FileKind, fileKind, sniffBytes} from './sniff.ts';

/** A file that was looked at: what it is, and all its bytes when it is one picture. */
export type LookedAt =
  | {readonly kind: 'picture'; readonly bytes: Uint8Array}
  | {readonly kind: Exclude<FileKind, 'picture'>};

/**
 * Says what kind of file it is, and reads it when it is a picture.
 * Synchronous: sources run in a pipeline's own thread, where the trips to libuv's pool that `fs/promises` makes for one
 * file cost ten times the reading (x86-64, Node 20, 2026-11).
 *
 * @throws {InputError} a picture over `maxFrameBytes`
 * @throws {SourceError} it cannot be read
 */
export function lookAt(path: string, maxFrameBytes: number): LookedAt {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK); // a named pipe must not stop the thread
    const stat = fstatSync(file);
    if (!stat.isFile()) return {kind: 'video'};
    const head = new Uint8Array(sniffBytes);
    const kind = fileKind(head.subarray(0, readSync(file, head, 0, sniffBytes, 0)), path);
    if (kind !== 'picture') return {kind};
    if (stat.size > maxFrameBytes) throw tooLarge(path, stat.size, maxFrameBytes);
    return {kind, bytes: readAll(file, stat.size)};
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SourceError(`${path}: cannot be read: ${reason}`, 'Check the path and its permissions.', {cause});
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/**
 * A picture file as a frame: plain JPEG as it is, everything else decoded to `rgb`.
 *
 * @throws {InputError} damaged
 */
export async function decodeStill(path: string, bytes: Uint8Array): Promise<Capture> {
  const {format, ...picture} = await readImageFile(bytes, path);
  return format === 'jpeg' ? {format, data: picture.data} : {format, ...picture};
}

/** What there is of `size` bytes: the file may have shrunk meanwhile. */
function readAll(file: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let length = 0;
  while (length < size) {
    const read = readSync(file, bytes, length, size - length, length);
    if (read === 0) break;
    length += read;
  }
  return bytes.subarray(0, length);
}

function tooLarge(path: string, size: number, maxFrameBytes: number): InputError {
  return new InputError(
    `${path}: ${size} bytes, more than maxFrameBytes ${maxFrameBytes}`,
    'Give a smaller picture, or raise maxFrameBytes.',
  );
}
