import test from 'ava';
import {extremeFills, ordinaryFills} from '../../src/engine/trial-inputs.ts';
import {elements} from '../../src/tensor/read.ts';
import type {DType} from '../../src/tensor/tensor.ts';

function filled(dtype: DType, bytes: number, fill: (typeof ordinaryFills)[number]): number[] {
  const tensor = {name: 'x', dtype, shape: [2], data: new Uint8Array(bytes)};
  fill(tensor);
  return [...elements(tensor)].map(Number);
}

test('floats are tried as zero, small positive, not a number, both ends of their range, and 1000', t => {
  const [zero, small] = ordinaryFills.map(fill => filled('float32', 8, fill)[1]!);
  t.is(zero, 0);
  t.true(small! > 0 && small! < 1);
  const [nowhere, largest, lowest, thousand] = extremeFills.map(fill => filled('float32', 8, fill)[1]!);
  t.is(nowhere, Number.NaN);
  t.deepEqual([largest, lowest, thousand], [3.4028234663852886e38, -3.4028234663852886e38, 1000]);
});

test('indices are tried as 0 first, then as -1, both ends of their range, and 1000', t => {
  t.deepEqual(
    ordinaryFills.map(fill => filled('int32', 8, fill)),
    [
      [0, 0],
      [0, 0],
    ],
  );
  t.deepEqual(
    extremeFills.slice(0, 4).map(fill => filled('int32', 8, fill)[1]),
    [-1, 2147483647, -2147483648, 1000],
  );
});

test('a truth value is only ever 0 or 1', t => {
  for (const fill of [...ordinaryFills, ...extremeFills]) {
    t.true(filled('bool', 2, fill).every(value => value === 0 || value === 1));
  }
});

test('quantized inputs are tried with bytes of every size', t => {
  const values = filled('uint8', 4096, ordinaryFills[1]!);
  t.true(new Set(values).size > 200);
});
