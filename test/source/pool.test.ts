import test from 'ava';
import {FramePool} from '../../src/source/pool.ts';

test('memory that was given back is used again where it fits', t => {
  const pool = new FramePool();
  const first = pool.take(1000);
  t.is(first.length, 1000);
  pool.give(first.subarray(0, 10));
  t.not(pool.take(1001).buffer, first.buffer);
  t.not(pool.take(499).buffer, first.buffer);
  const again = pool.take(500);
  t.is(again.buffer, first.buffer);
  t.is(again.length, 500);
});

test('memory is never handed out twice', t => {
  const pool = new FramePool();
  const first = pool.take(1000);
  pool.give(first);
  pool.give(first);
  t.is(pool.take(1000).buffer, first.buffer);
  t.not(pool.take(1000).buffer, first.buffer);
});

test('memory from elsewhere is left alone', t => {
  const pool = new FramePool();
  const foreign = Buffer.alloc(1000);
  pool.give(foreign);
  t.not(pool.take(1000).buffer, foreign.buffer);
});

test('no more than three are kept', t => {
  const pool = new FramePool();
  const taken = Array.from({length: 5}, () => pool.take(100));
  for (const data of taken) pool.give(data);
  const reused = Array.from({length: 5}, () => pool.take(100)).filter(({buffer}) =>
    taken.some(old => old.buffer === buffer),
  );
  t.is(reused.length, 3);
});
