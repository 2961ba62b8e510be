import {promisify} from 'node:util';
import {inflateRaw} from 'node:zlib';
import {IntegrityError} from '../error/errors.ts';

const inflate = promisify(inflateRaw);
const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;
const endLength = 22;
const entryLength = 46;
const localLength = 30;

/**
 * Bytes of one file in a zip archive (stored or deflated; no zip64, no encryption).
 *
 * @param maxBytes refuse more than this, whatever the archive says
 * @throws {IntegrityError} the archive is damaged, or has no such file
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export async function readZipMember(archive: Buffer, name: string, maxBytes: number): Promise<Buffer> {
  try {
    const entry = findEntry(archive, name);
    const start =
      entry.offset + localLength + archive.readUInt16LE(entry.offset + 26) + archive.readUInt16LE(entry.offset + 28);
    if (archive.readUInt32LE(entry.offset) !== localSignature) throw new RangeError('bad local header');
    const packed = archive.subarray(start, start + entry.packedBytes);
    if (packed.length !== entry.packedBytes) throw new RangeError('cut short');
    if (entry.method === 0) return packed;
    if (entry.method !== 8) throw new RangeError(`compression method ${entry.method}`);
    return await inflate(packed, {maxOutputLength: maxBytes});
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new IntegrityError(`zip: ${name} cannot be read (${reason})`, 'Fetch the archive again.', {cause: error});
  }
}

function findEntry(archive: Buffer, name: string): {offset: number; method: number; packedBytes: number} {
  const end = findEnd(archive);
  let position = archive.readUInt32LE(end + 16);
  for (let count = archive.readUInt16LE(end + 10); count > 0; count--) {
    if (archive.readUInt32LE(position) !== entrySignature) throw new RangeError('bad directory entry');
    const nameLength = archive.readUInt16LE(position + 28);
    const entryName = archive.toString('utf8', position + entryLength, position + entryLength + nameLength);
    if (entryName === name) {
      return {
        offset: archive.readUInt32LE(position + 42),
        method: archive.readUInt16LE(position + 10),
        packedBytes: archive.readUInt32LE(position + 20),
      };
    }
    position += entryLength + nameLength + archive.readUInt16LE(position + 30) + archive.readUInt16LE(position + 32);
  }
  throw new RangeError('no such file');
}

/** The end record is the last thing in the archive but for a comment of up to 64 KiB. */
function findEnd(archive: Buffer): number {
  const first = Math.max(0, archive.length - endLength - 0xffff);
  for (let position = archive.length - endLength; position >= first; position--) {
    if (archive.readUInt32LE(position) === endSignature) return position;
  }
  throw new RangeError('not a zip archive');
}
