import {readFileSync} from 'node:fs';
import test from 'ava';
import sharp from 'sharp';
import {InputError} from '../../src/error/errors.ts';
import {decodeImageFile, decodeJpegFrame, readImageFile} from '../../src/image/decode.ts';
import {sharedData} from '../helpers/shared-data.ts';

const image = (name: string) => readFileSync(sharedData('images', name));

/** Left pixel red, right one blue; 2 x 1. */
const redBlue = () => sharp(Buffer.from([255, 0, 0, 0, 0, 255]), {raw: {width: 2, height: 1, channels: 3}});
/** The same at 32 x 16, large enough for JPEG to keep the colours apart. */
const large = () => redBlue().resize(32, 16, {kernel: 'nearest'});

test('a plain JPEG is passed on undecoded', async t => {
  const bytes = image('cat_720p.jpg');
  t.deepEqual(await readImageFile(bytes, 'cat'), {width: 1280, height: 720, format: 'jpeg', data: bytes});
});

test('a JPEG that must be turned is decoded upright', async t => {
  const bytes = await large().withMetadata({orientation: 6}).jpeg({quality: 100}).toBuffer();
  const picture = await readImageFile(bytes, 'phone.jpg');
  t.like(picture, {width: 16, height: 32, format: 'rgb'});
  t.true(picture.data[0]! > 240 && picture.data[2]! < 15, 'red is on top');
  t.true(picture.data.at(-1)! > 240 && picture.data.at(-3)! < 15, 'blue is at the bottom');
});

test('a JPEG frame is decoded as stored, whatever its orientation says', async t => {
  const bytes = await large().withMetadata({orientation: 6}).jpeg().toBuffer();
  t.like(await decodeJpegFrame(bytes), {width: 32, height: 16, format: 'rgb'});
});

test('a CMYK JPEG is decoded to RGB', async t => {
  const bytes = await large().toColourspace('cmyk').jpeg().toBuffer();
  t.like(await readImageFile(bytes, 'print.jpg'), {width: 32, height: 16, format: 'rgb'});
});

for (const [format, bytes] of [
  ['png', () => redBlue().png().toBuffer()],
  ['webp', () => redBlue().webp({lossless: true}).toBuffer()],
  ['tiff', () => redBlue().tiff({compression: 'lzw'}).toBuffer()],
  ['gif', () => redBlue().gif().toBuffer()],
] as const) {
  test(`${format} is told by its content, not its name`, async t => {
    const picture = await readImageFile(await bytes(), 'photo.jpg');
    t.deepEqual([...picture.data], [255, 0, 0, 0, 0, 255]);
    t.like(picture, {width: 2, height: 1, format: 'rgb'});
  });
}

test('AVIF is read', async t => {
  t.like(await readImageFile(await large().avif({lossless: true}).toBuffer(), 'a.avif'), {width: 32, height: 16});
});

test('transparent pixels are laid on black', async t => {
  const png = await sharp(Buffer.from([200, 100, 50, 255, 200, 100, 50, 0]), {raw: {width: 2, height: 1, channels: 4}})
    .png()
    .toBuffer();
  t.deepEqual([...(await decodeImageFile(png, 'a.png')).data], [200, 100, 50, 0, 0, 0]);
});

test('16 bits are cut to 8', async t => {
  const png = await sharp(Uint16Array.from([0, 32_768, 65_535]), {raw: {width: 1, height: 1, channels: 3}})
    .toColourspace('rgb16')
    .png()
    .toBuffer();
  t.is((await sharp(png).metadata()).depth, 'ushort');
  t.deepEqual([...(await decodeImageFile(png, 'deep.png')).data], [0, 128, 255]);
});

test('a gray picture comes out with three equal channels', async t => {
  const {data} = await decodeImageFile(image('mnist_sample3.png'), 'three.png');
  const stored = readFileSync(sharedData('expected', 'io', 'mnist_lstm_float__3.in0.bin'));
  const expected = Array.from({length: 28 * 28}, (_, index) => Math.round(stored.readFloatLE(index * 4) * 255));
  for (const channel of [0, 1, 2]) t.deepEqual([...data.filter((_, index) => index % 3 === channel)], expected);
});

test('a BMP is read', async t => {
  t.like(await readImageFile(image('cat.bmp'), 'cat.bmp'), {width: 512, height: 341, format: 'rgb'});
});

const refused = test.macro(async (t, bytes: () => Uint8Array, message: RegExp) => {
  const error = await t.throwsAsync(decodeImageFile(bytes(), 'camera/7.jpg'), {instanceOf: InputError});
  t.regex(error.message, message);
  t.regex(error.message, /^camera\/7\.jpg: /);
});

test('an empty file is refused', refused, () => new Uint8Array(), /not a picture of a known kind \(0 bytes\)/);
test('text is refused', refused, () => Buffer.from('hello'), /known kind/);
test(
  'SVG is refused',
  refused,
  () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
  /known kind/,
);
test(
  'a cut-off PNG is refused',
  refused,
  () => image('ocr_sign.png').subarray(0, 9000),
  /cannot decode png of 9000 bytes/,
);
test(
  'a cut-off JPEG is refused',
  refused,
  () => image('burger.jpg').subarray(0, 9000),
  /cannot decode jpeg of 9000 bytes/,
);
test(
  'a PNG header with nothing behind is refused',
  refused,
  () => image('ocr_sign.png').subarray(0, 8),
  /cannot decode png/,
);

test('a picture over the limit is refused before it is decoded', async t => {
  const png = await sharp({create: {width: 9000, height: 9000, channels: 3, background: '#000'}})
    .png({compressionLevel: 9})
    .toBuffer();
  const error = await t.throwsAsync(decodeImageFile(png, 'bomb.png'), {instanceOf: InputError});
  t.regex(error.message, /pixel limit/);
});
