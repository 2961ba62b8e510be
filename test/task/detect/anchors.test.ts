import test from 'ava';
import {ManifestError} from '../../../src/error/errors.ts';
import {type Anchors, createAnchors} from '../../../src/task/detect/anchors.ts';

const square = (side: number) => ({width: side, height: side});
const anchorAt = (anchors: Anchors, index: number) => [
  anchors.centreX[index],
  anchors.centreY[index],
  anchors.width[index],
  anchors.height[index],
];

test('anchors lie in the middle of their cells, rows first, several in each cell', t => {
  const anchors = createAnchors({strides: [50], perCell: [2]}, {width: 100, height: 50}, 'model');
  t.is(anchors.count, 4);
  t.deepEqual(anchorAt(anchors, 0), [0.25, 0.5, 1, 1]);
  t.deepEqual(anchorAt(anchors, 1), [0.25, 0.5, 1, 1]);
  t.deepEqual(anchorAt(anchors, 2), [0.75, 0.5, 1, 1]);
});

test('an input that is no multiple of the stride has one more cell', t => {
  t.is(createAnchors({strides: [16], perCell: [1]}, square(300), 'model').count, 19 * 19);
});

test("SSD MobileNet's 1917 anchors for 300 x 300 come out", t => {
  const anchors = createAnchors(
    {
      strides: [16, 32, 64, 128, 256, 512],
      perCell: [3, 6, 6, 6, 6, 6],
      minScale: 0.2,
      maxScale: 0.95,
      reduceLowest: true,
    },
    square(300),
    'model',
  );
  t.is(anchors.count, 3 * 19 * 19 + 6 * (100 + 25 + 9 + 4 + 1));
  t.deepEqual(anchorAt(anchors, 0), [0.5 / 19, 0.5 / 19, 0.1, 0.1]);
  t.deepEqual(anchorAt(anchors, 1), [0.5 / 19, 0.5 / 19, 0.2 * Math.SQRT2, 0.2 / Math.SQRT2]);
  // The last: one cell, the mean of 0.95 and 1.
  t.deepEqual(anchorAt(anchors, 1916), [0.5, 0.5, Math.sqrt(0.95), Math.sqrt(0.95)]);
});

test('perCell must agree with strides and aspect ratios', t => {
  t.throws(() => createAnchors({strides: [8, 16], perCell: [2]}, square(128), 'model'), {
    instanceOf: ManifestError,
    message: 'model: decode.anchors.perCell has 1 numbers, expected 2, one per stride',
  });
  t.throws(() => createAnchors({strides: [8], perCell: [2], minScale: 0.2}, square(128), 'model'), {
    instanceOf: ManifestError,
    message: 'model: decode.anchors.perCell[0] is 2, but the aspect ratios give 6',
  });
});
