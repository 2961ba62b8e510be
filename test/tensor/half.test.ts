import test from 'ava';
import {halfToNumber, numberToHalf} from '../../src/tensor/half.ts';

test('every half-precision number comes back from its value', t => {
  const wrong: number[] = [];
  for (let bits = 0; bits < 0x10000; bits++) {
    const value = halfToNumber(bits);
    const expected = Number.isNaN(value) ? 0x7e00 : bits;
    if (numberToHalf(value) !== expected) wrong.push(bits);
  }
  t.deepEqual(wrong, []);
});

test('numbers between two halves go to the nearer one, and to the even one in the middle', t => {
  const wrong: number[] = [];
  for (let bits = 0; bits < 0x7bff; bits++) {
    const low = halfToNumber(bits);
    const high = halfToNumber(bits + 1);
    const even = bits % 2 === 0 ? bits : bits + 1;
    const third =
      numberToHalf(low + (high - low) / 3) === bits && numberToHalf(low + ((high - low) * 2) / 3) === bits + 1;
    if (!third || numberToHalf((low + high) / 2) !== even) wrong.push(bits);
  }
  t.deepEqual(wrong, []);
  t.is(numberToHalf(65_519.99), 0x7bff);
  t.is(numberToHalf(65_520), 0x7c00);
  t.is(numberToHalf(-1e9), 0xfc00);
});
