import {inflateRawSync} from 'node:zlib';
import {invalidModel} from './invalid.ts';

/** Files packed in one model: a handful in practice. */
const maxEntries = 64;
/** Unpacked bytes of one file and of all: label lists and vocabularies are far below. */
const maxEntryBytes = 4 * 2 ** 20;
const maxTotalBytes = 16 * 2 ** 20;

const endSignature = 0x06054b50;
const centralSignature = 0x02014b50;
const localSignature = 0x04034b50;
const endBytes = 22;
const centralBytes = 46;
const localBytes = 30;
const stored = 0;
const deflated = 8;

export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

interface Archive {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Bytes in front of the archive; offsets inside it may or may not count them. */
  readonly prefix: number;
}

/**
 * Reads the files of a zip archive appended to other bytes, as TFLite metadata packs label files.
 *
 * @returns the files, none when no archive ends the bytes
 * @throws {ModelInvalidError} a damaged archive, an unknown compression, or more than 4 MiB in one file or 16 MiB in all
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT sections 4.3.7, 4.3.12 and 4.3.16
 */
export function readAppendedZip(bytes: Uint8Array): readonly ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = findEnd(view);
  if (end === undefined) return [];
  const count = view.getUint16(end + 10, true);
  const size = view.getUint32(end + 12, true);
  const offset = view.getUint32(end + 16, true);
  const start = end - size;
  if (count > maxEntries) fail(`${count} files, at most ${maxEntries}`);
  if (start < 0 || offset > start) fail(`directory of ${size} bytes at ${offset} lies outside the file`);
  const archive = {bytes, view, prefix: start - offset};
  const entries: ZipEntry[] = [];
  let at = start;
  let total = 0;
  for (let index = 0; index < count; index++) {
    const {entry, next} = readCentral(archive, at, end);
    total += entry.bytes.length;
    if (total > maxTotalBytes) fail(`more than ${maxTotalBytes} bytes unpacked`);
    entries.push(entry);
    at = next;
  }
  return entries;
}

function fail(what: string): never {
  throw invalidModel('packed files', what);
}

/** The end record lies in the last 65,557 bytes: it may carry a comment. */
function findEnd(view: DataView): number | undefined {
  const lowest = Math.max(0, view.byteLength - endBytes - 65_535);
  for (let at = view.byteLength - endBytes; at >= lowest; at--) {
    if (view.getUint32(at, true) !== endSignature) continue;
    if (at + endBytes + view.getUint16(at + 20, true) === view.byteLength) return at;
  }
  return undefined;
}

const utf8 = new TextDecoder();

function readCentral(archive: Archive, at: number, end: number): {entry: ZipEntry; next: number} {
  const {bytes, view} = archive;
  if (at + centralBytes > end || view.getUint32(at, true) !== centralSignature) fail(`no directory entry at ${at}`);
  const method = view.getUint16(at + 10, true);
  const packedSize = view.getUint32(at + 20, true);
  const size = view.getUint32(at + 24, true);
  const nameLength = view.getUint16(at + 28, true);
  const next = at + centralBytes + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  if (next > end) fail(`the directory entry at ${at} is cut off`);
  const name = utf8.decode(bytes.subarray(at + centralBytes, at + centralBytes + nameLength));
  if (size > maxEntryBytes) fail(`"${name}" unpacks to ${size} bytes, at most ${maxEntryBytes}`);
  const data = localData(archive, view.getUint32(at + 42, true), packedSize, name);
  return {entry: {name, bytes: unpack(data, {method, size, name})}, next};
}

function localData(archive: Archive, offset: number, size: number, name: string): Uint8Array {
  const {bytes, view, prefix} = archive;
  const at = prefix + offset;
  if (at + localBytes > bytes.length || view.getUint32(at, true) !== localSignature) fail(`"${name}" is not at ${at}`);
  const start = at + localBytes + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  if (start + size > bytes.length) fail(`"${name}" is cut off`);
  return bytes.subarray(start, start + size);
}

function unpack(data: Uint8Array, {method, size, name}: {method: number; size: number; name: string}): Uint8Array {
  if (method !== stored && method !== deflated) fail(`"${name}" has the unknown compression ${method}`);
  const unpacked = method === stored ? data : inflate(data, size, name);
  if (unpacked.length !== size) fail(`"${name}" holds ${unpacked.length} bytes, its entry says ${size}`);
  return unpacked;
}

function inflate(data: Uint8Array, size: number, name: string): Uint8Array {
  try {
    return inflateRawSync(data, {maxOutputLength: Math.max(size, 1)});
  } catch (cause) {
    throw invalidModel(
      'packed files',
      `"${name}" cannot be unpacked: ${cause instanceof Error ? cause.message : cause}`,
    );
  }
}
