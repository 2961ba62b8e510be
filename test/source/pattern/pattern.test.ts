import test from 'ava';
import {openSource} from '../../../src/source/open.ts';
import {Pattern} from '../../../src/source/pattern/draw.ts';
import {collect, collectFrom, quiet} from '../../helpers/sources.ts';

test('a square moves over colour bars', t => {
  const pattern = new Pattern(64, 32);
  const pixel = (frame: Uint8Array, x: number, y: number) => [
    ...frame.subarray((y * 64 + x) * 3, (y * 64 + x) * 3 + 3),
  ];
  const first = pattern.draw(0);
  t.deepEqual(pixel(first, 0, 0), [255, 255, 255]);
  t.deepEqual(pixel(first, 8, 0), [191, 191, 0]);
  t.deepEqual(pixel(first, 0, 8), [191, 191, 191]);
  t.deepEqual(pixel(pattern.draw(1), 0, 0), [191, 191, 191]);
  t.deepEqual(pattern.square(57), {x: 0, y: 8, side: 8});
});

test('the size in the URI is the size of its frames', async t => {
  const [frame] = await collectFrom('test:32x16@100?frames=1');
  t.like(frame, {width: 32, height: 16, format: 'rgb', sequence: 0});
  t.is(frame?.data.length, 1536);
});

test('it goes on without a consumer and keeps the newest frame', async t => {
  const source = await openSource('test:16x16@1000?frames=20', {}, quiet);
  let last = -1;
  for await (const frame of source.frames(new AbortController().signal)) {
    if (last < 0) while (source.counters.captured < 20) await new Promise(resolve => setImmediate(resolve));
    last = frame.sequence;
  }
  t.is(last, 19);
  t.deepEqual(source.counters, {captured: 20, dropped: 18, bad: 0, restarts: 0});
});

test('frames carry rising times of the monotonic clock', async t => {
  const frames = await collect(await openSource('test:16x16@500', {}, quiet), 3);
  t.true((frames[2]?.capturedAtNs ?? 0n) > (frames[0]?.capturedAtNs ?? 0n));
  t.true((frames[0]?.capturedAtNs ?? 0n) <= process.hrtime.bigint());
});

for (const uri of ['test:0x10', 'test:large', 'test:640x480@0', 'test:99999x10']) {
  test(`${uri} is refused`, async t => {
    await t.throwsAsync(openSource(uri, {}, quiet), {code: 'SOURCE_FAILED', message: /expected test:/});
  });
}
