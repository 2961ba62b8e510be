import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {JpegSplitter} from '../../../src/source/mjpeg/splitter.ts';
import {FramePool} from '../../../src/source/pool.ts';
import {makeJpeg, scratchDirectory} from '../../helpers/media.ts';

const app1 = (payload: number[]) => [0xff, 0xe1, 0, payload.length + 2, ...payload];
/** SOI, a thumbnail within APP1, SOF0 (8x8), SOS, entropy-coded bytes with a stuffed 0xFF and a restart marker, EOI. */
const small = Buffer.from([
  ...[0xff, 0xd8],
  ...app1([0xff, 0xd8, 0xff, 0xda, 0, 2, 1, 2, 0xff, 0xd9]),
  ...[0xff, 0xc0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0],
  ...[0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0],
  ...[0x12, 0xff, 0x00, 0x34, 0xff, 0xd0, 0x56, 0xff, 0xff, 0xd1, 0x78],
  ...[0xff, 0xd9],
]);
/** A second scan after the first, as in progressive pictures. */
const progressive = Buffer.concat([
  small.subarray(0, -2),
  Buffer.from([0xff, 0xc4, 0, 3, 7, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0x9a, 0xff, 0xd9]),
]);

interface Split {
  readonly frames: Buffer[];
  readonly bad: string[];
}

function split(chunks: readonly Uint8Array[], maxFrameBytes = 1e6): Split {
  const frames: Buffer[] = [];
  const bad: string[] = [];
  const pool = new FramePool();
  const splitter = new JpegSplitter({
    maxFrameBytes,
    pool,
    onFrame(jpeg) {
      frames.push(Buffer.from(jpeg));
      pool.give(jpeg);
    },
    onBad: reason => bad.push(reason),
  });
  for (const chunk of chunks) splitter.push(chunk);
  splitter.cut();
  return {frames, bad};
}

function cutAt(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const edges = [0, ...cuts.map(cut => cut % bytes.length).sort((a, b) => a - b), bytes.length];
  return edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));
}

test('pictures are found whole, wherever the stream is cut', t => {
  const stream = Buffer.concat([small, progressive, small]);
  fc.assert(
    fc.property(fc.array(fc.nat(), {maxLength: 40}), cuts => {
      const {frames, bad} = split(cutAt(stream, cuts));
      return bad.length === 0 && frames.length === 3 && Buffer.concat(frames).equals(stream);
    }),
  );
  t.is(split([...stream].map(byte => Buffer.of(byte))).frames.length, 3);
});

test('padding between pictures is stepped over without a word', t => {
  const {frames, bad} = split([Buffer.alloc(512), small, Buffer.from('\r\n'), small, Buffer.of(0xff, 0xff)]);
  t.deepEqual([frames.length, bad], [2, []]);
});

test('garbage between pictures counts once and costs no picture', t => {
  const garbage = Buffer.alloc(5000, Buffer.from([0xff, 0x00, 0xd8, 0x7f, 0xff, 0xd8, 0x01]));
  const {frames, bad} = split([small, garbage, small]);
  t.true(frames.every(frame => frame.equals(small)));
  t.deepEqual([frames.length, bad], [2, ['jpeg: garbage between pictures']]);
});

test('a picture cut off by the next one is bad, the next one is not', t => {
  const {frames, bad} = split([small.subarray(0, 45), small]);
  t.deepEqual([frames.length, bad], [1, ['jpeg: cut off after 45 bytes by the next picture']]);
  t.true(frames[0]?.equals(small));
});

test('a picture cut off by the end is bad', t => {
  t.deepEqual(split([small, small.subarray(0, 30)]).bad, ['jpeg: cut off after 30 bytes']);
});

test('a picture without a scan is bad', t => {
  const {frames, bad} = split([Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xd9]), small]);
  t.deepEqual([frames.length, bad], [1, ['jpeg: damaged after 10 bytes']]);
});

test('a picture over the limit is bad and its memory is not taken', t => {
  const endless = Buffer.concat([small.subarray(0, -2), Buffer.alloc(300_000, 0x55)]);
  const {frames, bad} = split([endless, small], 100_000);
  t.is(bad[0], 'jpeg: larger than maxFrameBytes 100000');
  t.is(frames.length, 1);
});

test('random bytes before pictures never hide the last of three in a row', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.uint8Array({maxLength: 300}), fc.array(fc.nat(), {maxLength: 5}), (noise, cuts) => {
        const rest = Buffer.alloc(70_000);
        const {frames} = split(cutAt(Buffer.concat([noise, rest, small, small, small]), cuts));
        return frames.at(-1)?.equals(small) === true;
      }),
    ),
  );
});

test('no bytes make it throw, or give what is no picture', t => {
  const alphabet = fc.constantFrom(0xff, 0xd8, 0xd9, 0xda, 0xe1, 0xc0, 0xd0, 0x00, 0x02, 0x7f);
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.array(alphabet, {maxLength: 400}), bytes =>
        split([Buffer.from(bytes)], 64).frames.every(
          frame =>
            frame.length <= 64 && frame.readUInt16BE(0) === 0xffd8 && frame.readUInt16BE(frame.length - 2) === 0xffd9,
        ),
      ),
      {numRuns: 2000},
    ),
  );
});

test('what an encoder writes comes out as it went in', async t => {
  const jpeg = await readFile(await makeJpeg(join(await scratchDirectory(), 'a.jpg'), '1280x720'));
  const {frames, bad} = split(cutAt(Buffer.concat([jpeg, jpeg]), [1, 1000, 65536, 100_000]));
  t.deepEqual([frames.length, bad], [2, []]);
  t.true(frames.every(frame => frame.equals(jpeg)));
});
