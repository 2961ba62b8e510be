import test from 'ava';
import {createIds} from '../../src/event/ids.ts';

test('an id is the time in base 36 and six random digits', t => {
  // 36^2 + 10 is "10a"; 0.5 × 36^6 is "i00000"
  t.is(createIds(() => 0.5)(36 ** 2 + 10), '00000010a-i00000');
});

test('ids of the same millisecond and of a clock that jumps back still sort', t => {
  const newId = createIds(() => 0.999);
  const ids = [1000, 1000, 500, 1001, 2000].map(newId);
  t.deepEqual(ids, ids.toSorted());
  t.is(new Set(ids).size, 5);
});
