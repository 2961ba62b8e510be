import {deflateRawSync} from 'node:zlib';
import test from 'ava';
import {ModelInvalidError} from '../../src/error/errors.ts';
import {readAppendedZip} from '../../src/model/zip.ts';

interface File {
  readonly name: string;
  readonly content: Uint8Array;
  readonly deflate?: boolean;
  /** Size that the directory claims. */
  readonly claimed?: number;
  readonly method?: number;
}

const text = (value: string) => new TextEncoder().encode(value);

/** Bytes in front, then an archive whose offsets count from its own start. */
function appendZip(front: Uint8Array, files: readonly File[]): Uint8Array {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const {name, content, deflate = false, claimed = content.length, method = deflate ? 8 : 0} of files) {
    const packed = deflate ? deflateRawSync(content) : Buffer.from(content);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(method, 8);
    local.writeUInt16LE(name.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(method, 10);
    central.writeUInt32LE(packed.length, 20);
    central.writeUInt32LE(claimed, 24);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(offset, 42);
    locals.push(local, Buffer.from(name), packed);
    centrals.push(central, Buffer.from(name));
    offset += 30 + name.length + packed.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return new Uint8Array(Buffer.concat([front, ...locals, directory, end]));
}

const front = text('a model comes first');

test('stored and deflated files are read behind other bytes', t => {
  const bytes = appendZip(front, [
    {name: 'a.txt', content: text('cat\ndog\n')},
    {name: 'b.txt', content: text('x'.repeat(5000)), deflate: true},
  ]);

  t.deepEqual(
    readAppendedZip(bytes).map(({name, bytes: content}) => [name, content.length]),
    [
      ['a.txt', 8],
      ['b.txt', 5000],
    ],
  );
});

test('bytes without an archive hold no files', t => {
  t.deepEqual(readAppendedZip(front), []);
});

const refuses = test.macro({
  title: (title = '') => `refused: ${title}`,
  exec(t, bytes: Uint8Array, message: RegExp) {
    t.throws(() => readAppendedZip(bytes), {instanceOf: ModelInvalidError, message});
  },
});

const bomb = new Uint8Array(64 * 2 ** 20);
test(
  'a file that unpacks to 64 MiB',
  refuses,
  appendZip(front, [{name: 'bomb', content: bomb, deflate: true}]),
  /"bomb" unpacks to 67108864 bytes, at most 4194304/,
);
test(
  'a file that unpacks to more than it claims',
  refuses,
  appendZip(front, [{name: 'bomb', content: bomb, deflate: true, claimed: 100}]),
  /"bomb" cannot be unpacked/,
);
test(
  'a file that unpacks to less than it claims',
  refuses,
  appendZip(front, [{name: 'a', content: text('abc'), deflate: true, claimed: 4}]),
  /"a" holds 3 bytes, its entry says 4/,
);
test(
  'an unknown compression',
  refuses,
  appendZip(front, [{name: 'a', content: text('abc'), method: 99}]),
  /unknown compression 99/,
);
test(
  'more files than any model packs',
  refuses,
  appendZip(front, new Array(65).fill({name: 'a', content: text('a')})),
  /65 files, at most 64/,
);

test('refused: a directory that lies outside the file', t => {
  const bytes = appendZip(front, [{name: 'a', content: text('abc')}]);
  new DataView(bytes.buffer).setUint32(bytes.length - 6, 1_000_000, true);

  t.throws(() => readAppendedZip(bytes), {instanceOf: ModelInvalidError, message: /lies outside the file/});
});
