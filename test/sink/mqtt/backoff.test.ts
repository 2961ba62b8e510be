import test from 'ava';
import {backoffMs} from '../../../src/sink/mqtt/backoff.ts';

const range = {minMs: 500, maxMs: 30_000};

test('the pause doubles with every failure up to its maximum', t => {
  const pauses = [1, 2, 3, 4, 5, 6, 7, 8].map(failures => backoffMs(failures, range, 1));
  t.deepEqual(pauses, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

test('the upper half of a pause is random', t => {
  t.is(backoffMs(3, range, 0), 1000);
  t.is(backoffMs(3, range, 0.5), 1500);
});

test('a thousand failures are no problem', t => {
  t.is(backoffMs(1000, range, 1), 30_000);
});
