import test from 'ava';
import {Candidates} from '../../../src/task/detect/candidates.ts';
import {intersectionOverUnion, suppress} from '../../../src/task/detect/nms.ts';

interface BoxRow {
  readonly score: number;
  readonly classIndex?: number;
  /** left, top, right, bottom */
  readonly box: readonly [number, number, number, number];
}

function candidatesOf(rows: readonly BoxRow[], limit?: number): Candidates {
  const candidates = new Candidates(limit);
  rows.forEach(({score, classIndex = 0, box: [left, top, right, bottom]}, row) => {
    candidates.add(row, classIndex, score, {left, top, right, bottom});
  });
  return candidates;
}

function survivors(rows: readonly BoxRow[], {iou = 0.5, classAgnostic = false, maxDetections = 100} = {}): number[] {
  const candidates = candidatesOf(rows);
  return suppress(candidates, {iou, classAgnostic, maxDetections}).map(slot => candidates.row[slot]!);
}

// Two boxes of 10x10, the second moved by 2: shared 8x10 = 80, together 120, IoU 2/3.
const first = [0, 0, 10, 10] as const;
const moved = [2, 0, 12, 10] as const;
const apart = [20, 20, 30, 30] as const;

test('intersection over union is shared area over covered area', t => {
  const boxes = candidatesOf([
    {score: 1, box: first},
    {score: 1, box: moved},
    {score: 1, box: apart},
  ]);
  t.is(intersectionOverUnion(boxes, 0, 1), 80 / 120);
  t.is(intersectionOverUnion(boxes, 0, 0), 1);
  t.is(intersectionOverUnion(boxes, 0, 2), 0);
});

test('the better of two overlapping boxes stays', t => {
  t.deepEqual(
    survivors([
      {score: 0.6, box: first},
      {score: 0.9, box: moved},
      {score: 0.7, box: apart},
    ]),
    [1, 2],
  );
});

test('an overlap equal to the limit is allowed', t => {
  const rows = [
    {score: 0.9, box: first},
    {score: 0.6, box: moved},
  ];
  t.deepEqual(survivors(rows, {iou: 80 / 120}), [0, 1]);
  t.deepEqual(survivors(rows, {iou: 0.66}), [0]);
});

test('boxes of different classes suppress each other only when told to', t => {
  const rows = [
    {score: 0.9, classIndex: 1, box: first},
    {score: 0.6, classIndex: 2, box: moved},
  ];
  t.deepEqual(survivors(rows), [0, 1]);
  t.deepEqual(survivors(rows, {classAgnostic: true}), [0]);
});

test('a suppressed box suppresses nothing', t => {
  // Each overlaps the next by 2/3 (IoU), the outer two by 6/14.
  t.deepEqual(
    survivors([
      {score: 0.9, box: [0, 0, 10, 10]},
      {score: 0.8, box: [2, 0, 12, 10]},
      {score: 0.7, box: [4, 0, 14, 10]},
    ]),
    [0, 2],
  );
});

test('of equal scores the earlier box wins', t => {
  t.deepEqual(
    survivors([
      {score: 0.5, box: apart},
      {score: 0.5, box: first},
      {score: 0.5, box: moved},
    ]),
    [0, 1],
  );
});

test('no more than maxDetections survive', t => {
  t.deepEqual(
    survivors(
      [
        {score: 0.5, box: apart},
        {score: 0.9, box: first},
        {score: 0.7, box: [40, 40, 50, 50]},
      ],
      {maxDetections: 2},
    ),
    [1, 2],
  );
});

test('boxes that are not finite or have no area are never candidates', t => {
  const {NaN: nan, POSITIVE_INFINITY: infinity} = Number;
  const candidates = candidatesOf([
    {score: 0.9, box: [nan, 0, 1, 1]},
    {score: 0.9, box: [0, 0, infinity, 1]},
    {score: 0.9, box: [-infinity, 0, infinity, 1]},
    {score: 0.9, box: [5, 5, 5, 6]},
    {score: 0.9, box: [5, 5, 4, 6]},
    {score: nan, box: first},
    {score: infinity, box: first},
    {score: 0.9, box: first},
  ]);
  t.is(candidates.count, 1);
  t.is(candidates.row[0], 7);
});

test('when there are too many candidates the best stay, ties in their order', t => {
  const scores = [0.1, 0.5, 0.3, 0.5, 0.2, 0.9, 0.5, 0.4, 0.5, 0.05];
  const candidates = candidatesOf(
    scores.map(score => ({score, box: first})),
    3,
  );
  t.deepEqual(
    candidates.ranked().map(slot => candidates.row[slot]),
    [5, 1, 3],
  );
  t.false(candidates.wants(0.4));
});

test('cleared candidates want everything again', t => {
  const candidates = candidatesOf(
    [0.5, 0.6, 0.7].map(score => ({score, box: first})),
    1,
  );
  t.false(candidates.wants(0.1));
  candidates.clear();
  t.true(candidates.wants(0.1));
  t.deepEqual(candidates.ranked(), []);
});
