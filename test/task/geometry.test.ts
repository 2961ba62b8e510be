import test from 'ava';
import {identityGeometry, pictureArea, sourceBox, sourcePoint} from '../../src/task/geometry.ts';
import {stretched} from './models.ts';

// 640x480 frame fitted into 320x320: scale 0.5, 40 px of padding above and below.
const letterbox = {...stretched([640, 480], [320, 320]), scaleX: 0.5, scaleY: 0.5, padY: 40};

test('padding and scale are undone', t => {
  t.deepEqual(sourceBox({left: 160, top: 80, right: 240, bottom: 160}, letterbox), {
    x: 320,
    y: 80,
    width: 160,
    height: 160,
  });
});

test('each axis has its own scale', t => {
  // 1200x600 squeezed into 300x300: 0.25 and 0.5
  t.deepEqual(sourcePoint(30, 30, stretched([1200, 600], [300, 300])), {x: 120, y: 60});
});

test('a crop is added back', t => {
  const geometry = {...identityGeometry(100, 100), cropX: 50, cropY: 20, scaleX: 2, scaleY: 2, sourceWidth: 200};
  t.deepEqual(sourcePoint(10, 10, geometry), {x: 55, y: 25});
});

test('boxes may reach beyond the frame', t => {
  // Letterbox 640x480 in 320x320: scale 0.5, 40 px of padding above and below.
  t.deepEqual(sourceBox({left: -10, top: 30, right: 400, bottom: 60}, letterbox), {
    x: -20,
    y: -20,
    width: 820,
    height: 60,
  });
});

test('a box that lies in the padding is none', t => {
  t.is(sourceBox({left: 10, top: 0, right: 20, bottom: 40}, letterbox), undefined);
});

test('the picture area leaves out centred padding', t => {
  // A 160x160 grid over the 320x320 input: 20 rows of padding above and below.
  t.deepEqual(pictureArea(letterbox, 160, 160), {x: 0, y: 20, width: 160, height: 120});
});

test('the picture area leaves out padding below and to the right', t => {
  const corner = {...letterbox, padY: 0};
  t.deepEqual(pictureArea(corner, 320, 320), {x: 0, y: 0, width: 320, height: 240});
});

test('without padding the picture area is everything', t => {
  t.deepEqual(pictureArea(stretched([1200, 600], [300, 300]), 33, 33), {x: 0, y: 0, width: 33, height: 33});
});

test('a crop leaves no padding', t => {
  // The middle 480x480 of 640x480 fills 240x240.
  const crop = {...stretched([640, 480], [240, 240]), scaleX: 0.5, scaleY: 0.5, cropX: 80};
  t.deepEqual(pictureArea(crop, 240, 240), {x: 0, y: 0, width: 240, height: 240});
});

test('a picture thinner than one cell still has one', t => {
  const geometry = {...stretched([1000, 1], [100, 100]), scaleX: 0.1, scaleY: 0.1, padY: 50};
  t.deepEqual(pictureArea(geometry, 10, 10), {x: 0, y: 5, width: 10, height: 1});
});
