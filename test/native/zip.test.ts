import {deflateRawSync} from 'node:zlib';
import test from 'ava';
import {IntegrityError} from '../../src/error/errors.ts';
import {readZipMember} from '../../src/native/zip.ts';

interface Member {
  readonly name: string;
  readonly method: 0 | 8;
  readonly packed: Buffer;
}

function uint16(...values: number[]): Buffer {
  return Buffer.from(Uint16Array.from(values).buffer);
}

function uint32(...values: number[]): Buffer {
  return Buffer.from(Uint32Array.from(values).buffer);
}

/** Version, flags, method, time, date, CRC and sizes, as both kinds of header have them; the CRC is not read. */
function description({name, method, packed}: Member): Buffer {
  return Buffer.concat([uint16(20, 0, method, 0, 0), uint32(0, packed.length, 0), uint16(name.length)]);
}

function makeZip(members: readonly Member[], comment = ''): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const name = Buffer.from(member.name);
    const file = Buffer.concat([uint32(0x04034b50), description(member), uint16(2), name, uint16(7), member.packed]);
    directory.push(uint32(0x02014b50), uint16(20), description(member), uint16(0, 0, 0, 0), uint32(0, offset), name);
    files.push(file);
    offset += file.length;
  }
  const list = Buffer.concat(directory);
  const counts = uint16(0, 0, members.length, members.length);
  const end = [uint32(0x06054b50), counts, uint32(list.length, offset), uint16(comment.length), Buffer.from(comment)];
  return Buffer.concat([...files, list, ...end]);
}

const text = Buffer.from('libtensorflowlite_c '.repeat(50));
const archive = makeZip(
  [
    {name: 'META-INF/MANIFEST.MF', method: 0, packed: Buffer.from('Manifest-Version: 1.0')},
    {name: 'lib/a.so', method: 8, packed: deflateRawSync(text)},
  ],
  'a comment',
);

test('stored and deflated files are read', async t => {
  t.is((await readZipMember(archive, 'META-INF/MANIFEST.MF', 100)).toString(), 'Manifest-Version: 1.0');
  t.deepEqual(await readZipMember(archive, 'lib/a.so', text.length), text);
});

test('a file that is not in the archive is named', async t => {
  await t.throwsAsync(readZipMember(archive, 'lib/b.so', 100), {
    instanceOf: IntegrityError,
    message: 'zip: lib/b.so cannot be read (no such file)',
  });
});

test('a file larger than allowed is refused', async t => {
  await t.throwsAsync(readZipMember(archive, 'lib/a.so', text.length - 1), {instanceOf: IntegrityError});
});

test('an archive cut short is refused at every length', async t => {
  for (let length = 0; length < archive.length - 'a comment'.length; length++) {
    await t.throwsAsync(readZipMember(archive.subarray(0, length), 'lib/a.so', text.length), {
      instanceOf: IntegrityError,
    });
  }
});
