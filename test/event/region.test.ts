import test from 'ava';
import {insideAny, type Polygon} from '../../src/event/region.ts';

const square: Polygon = [
  [0.25, 0.25],
  [0.75, 0.25],
  [0.75, 0.75],
  [0.25, 0.75],
];
const whole: Polygon = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
];

test('points inside and outside a square', t => {
  t.true(insideAny([square], 0.5, 0.5));
  t.false(insideAny([square], 0.1, 0.5));
  t.false(insideAny([square], 0.9, 0.5));
  t.false(insideAny([square], 0.5, 0.1));
  t.false(insideAny([square], 0.5, 0.9));
});

test('the direction of the corners does not matter', t => {
  t.true(insideAny([square.toReversed()], 0.5, 0.5));
});

test('a notch is outside', t => {
  // A U: the gap between its arms is not inside.
  const u: Polygon = [
    [0, 0],
    [0.3, 0],
    [0.3, 0.7],
    [0.7, 0.7],
    [0.7, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ];
  t.false(insideAny([u], 0.5, 0.5));
  t.true(insideAny([u], 0.15, 0.5));
  t.true(insideAny([u], 0.5, 0.85));
});

test('the edges of the frame belong to a region that ends there', t => {
  for (const [x, y] of [
    [0, 0],
    [1, 0],
    [0.5, 1],
    [1, 1],
  ] as const) {
    t.true(insideAny([whole], x, y));
  }
});

test('one of several polygons is enough', t => {
  t.true(insideAny([square, whole], 0.1, 0.1));
  t.false(insideAny([], 0.5, 0.5));
});
