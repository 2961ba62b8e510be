import {readFileSync} from 'node:fs';
import test from 'ava';
import sharp from 'sharp';
import {readJpegHeader} from '../../src/image/jpeg-header.ts';
import {sharedData} from '../helpers/shared-data.ts';

const blank = (channels: 3 | 4 = 3) => sharp({create: {width: 40, height: 24, channels, background: '#369'}});

test('a baseline colour JPEG says its size', t => {
  const header = readJpegHeader(readFileSync(sharedData('images', 'cat_720p.jpg')));
  t.like(header, {width: 1280, height: 720, components: 3, precision: 8, process: 0});
  t.is(header?.orientation, undefined);
});

test('progressive, gray and CMYK pictures are told apart', async t => {
  t.like(readJpegHeader(await blank().jpeg({progressive: true}).toBuffer()), {process: 2, components: 3});
  t.like(readJpegHeader(await blank().toColourspace('b-w').jpeg().toBuffer()), {process: 0, components: 1});
  t.like(readJpegHeader(await blank().toColourspace('cmyk').jpeg().toBuffer()), {components: 4, width: 40, height: 24});
});

for (const orientation of [1, 3, 6, 8]) {
  test(`EXIF orientation ${orientation} is read, the size stays as stored`, async t => {
    const bytes = await blank().withMetadata({orientation}).jpeg().toBuffer();
    t.like(readJpegHeader(bytes), {width: 40, height: 24, orientation});
  });
}

test('big-endian EXIF is read, and an orientation out of range is none', t => {
  const exif = (orientation: number) =>
    Buffer.from(
      `ffe10022457869660000${'4d4d002a00000008'}0001${'011200030000000100'}${orientation.toString(16).padStart(2, '0')}0000${'00000000'}`,
      'hex',
    );
  const frame = Buffer.from('ffc0000b08000200030101110000', 'hex');
  const file = (orientation: number) => Buffer.concat([Buffer.from('ffd8', 'hex'), exif(orientation), frame]);
  t.deepEqual(readJpegHeader(file(6)), {width: 3, height: 2, components: 1, precision: 8, process: 0, orientation: 6});
  t.is(readJpegHeader(file(9))?.orientation, undefined);
});

test('what is no JPEG, or ends before its size, has no header', t => {
  const bytes = readFileSync(sharedData('images', 'burger.jpg'));
  t.is(readJpegHeader(new Uint8Array()), undefined);
  t.is(readJpegHeader(readFileSync(sharedData('images', 'cat.bmp'))), undefined);
  t.is(readJpegHeader(bytes.subarray(0, 40)), undefined);
  t.is(readJpegHeader(Buffer.from('ffd8ffc0000b08000000030101110000', 'hex')), undefined);
  t.is(readJpegHeader(Buffer.from('ffd8ffe00001ffc0', 'hex')), undefined);
});

test('stray bytes between segments are skipped', t => {
  const bytes = readFileSync(sharedData('images', 'burger.jpg'));
  const stray = Buffer.concat([bytes.subarray(0, 2), Buffer.from([1, 2, 3, 0xff]), bytes.subarray(2)]);
  t.like(readJpegHeader(stray), {width: 480, height: 325});
});

test('random damage to the header never throws', t => {
  const bytes = readFileSync(sharedData('images', 'face.jpg')).subarray(0, 20_000);
  let state = 7;
  const next = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % limit;
  };
  let readable = 0;
  for (let round = 0; round < 5000; round++) {
    const damaged = Uint8Array.from(bytes.subarray(0, 200 + next(bytes.length - 200)));
    for (let hit = 0; hit < 8; hit++) damaged[next(Math.min(damaged.length, 800))] = next(256);
    const header = readJpegHeader(damaged);
    if (header !== undefined) readable++;
    t.true(header === undefined || (header.width > 0 && header.height > 0));
  }
  t.true(readable > 0 && readable < 5000);
});
