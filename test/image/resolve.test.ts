import test from 'ava';
import {InputError} from '../../src/error/errors.ts';
import type {Fit, Rect} from '../../src/image/input.ts';
import {geometryOf} from '../../src/image/resolve.ts';

const square = (side: number, fit: Fit) => ({width: side, height: side, fit});

test('stretch scales each axis on its own', t => {
  t.like(geometryOf(640, 480, square(320, 'stretch')), {
    scaleX: 0.5,
    scaleY: 320 / 480,
    padX: 0,
    padY: 0,
    cropX: 0,
    cropY: 0,
  });
});

test('letterbox keeps the aspect and centres, cutting fractions off', t => {
  // 512 x 355 in 128: 128 x 88.75, so 88 rows and 20 above.
  t.like(geometryOf(512, 355, square(128, 'letterbox')), {scaleX: 0.25, scaleY: 88 / 355, padX: 0, padY: 20});
  t.like(geometryOf(512, 600, square(128, 'letterbox')), {scaleX: 109 / 512, padX: 9, padY: 0});
});

test('letterbox-corner pads only below or to the right', t => {
  t.like(geometryOf(1352, 900, square(416, 'letterbox-corner')), {
    scaleX: 416 / 1352,
    scaleY: 276 / 900,
    padX: 0,
    padY: 0,
  });
});

test('crop cuts the middle out', t => {
  t.like(geometryOf(640, 480, square(240, 'crop')), {cropX: 80, cropY: 0, scaleX: 0.5, scaleY: 0.5});
  t.like(geometryOf(480, 640, {width: 480, height: 240, fit: 'crop'}), {cropX: 0, cropY: 200, scaleX: 1, scaleY: 1});
});

test('a region is clipped to the picture', t => {
  const region = {x: -10, y: 50, width: 60, height: 500};
  t.like(geometryOf(100, 100, square(50, 'stretch'), region), {cropX: 0, cropY: 50, scaleX: 1, scaleY: 1});
});

test('a thin strip keeps at least one row', t => {
  t.is(geometryOf(1000, 1, square(100, 'letterbox')).scaleY, 1);
});

const outside = test.macro((t, region: Rect) => {
  t.throws(() => geometryOf(100, 80, square(50, 'stretch'), region), {instanceOf: InputError, message: /100 x 80/});
});
test('a region beside the picture is refused', outside, {x: 100, y: 0, width: 10, height: 10});
test('an empty region is refused', outside, {x: 5, y: 5, width: 0, height: 10});
test('a region of no numbers is refused', outside, {x: Number.NaN, y: 5, width: 10, height: 10});
