import test from 'ava';
import {eventOptionsSchema} from '../../src/event/options.ts';
import {lowestThreshold, thresholdFor} from '../../src/event/thresholds.ts';

test('everything has a default', t => {
  t.deepEqual(eventOptionsSchema.parse({}), {
    thresholds: {},
    confirm: {frames: 1, of: 1},
    endAfterS: 2,
    endAfterFrames: 1,
    cooldownS: 0,
    updateEveryS: 5,
    minArea: 0,
    maxArea: 1,
    anchor: 'bottom-centre',
  });
});

const refused = test.macro((t, options: unknown, key: string) => {
  const parsed = eventOptionsSchema.safeParse(options);
  t.false(parsed.success);
  t.is(parsed.error?.issues[0]?.path.join('.'), key);
});

test('an unknown key is refused', refused, {treshold: 0.5}, '');
test('a threshold above 1 is refused', refused, {threshold: 1.5}, 'threshold');
test('more frames than the window has are refused', refused, {confirm: {frames: 3, of: 2}}, 'confirm.frames');
test(
  'a polygon of two corners is refused',
  refused,
  {
    region: [
      [
        [0, 0],
        [1, 1],
      ],
    ],
  },
  'region.0',
);
test(
  'a corner outside the frame is refused',
  refused,
  {
    region: [
      [
        [0, 0],
        [1, 0],
        [1, 2],
      ],
    ],
  },
  'region.0.2.1',
);
test('an empty allow list is refused', refused, {labels: []}, 'labels');

test('exit above enter is refused', t => {
  t.false(eventOptionsSchema.safeParse({threshold: {enter: 0.5, exit: 0.6}}).success);
  t.true(eventOptionsSchema.safeParse({threshold: {enter: 0.5, exit: 0.5}}).success);
});

test('without thresholds the task decides', t => {
  const options = eventOptionsSchema.parse({});
  t.deepEqual(thresholdFor('cat', 'classify', options), {enter: 0.5, exit: 0.5});
  t.deepEqual(thresholdFor('cat', 'detect', options), {enter: 0, exit: 0});
  t.deepEqual(thresholdFor('cat', 'segment', options), {enter: 0.01, exit: 0.01});
});

test('the lowest threshold is the lowest exit, and none where the decoder decides', t => {
  const thresholds = {cat: {enter: 0.9, exit: 0.3}, dog: 0.4};
  t.is(lowestThreshold(eventOptionsSchema.parse({threshold: 0.5, thresholds})), 0.3);
  t.is(lowestThreshold(eventOptionsSchema.parse({threshold: {enter: 0.5, exit: 0.2}})), 0.2);
  t.is(lowestThreshold(eventOptionsSchema.parse({thresholds})), undefined);
});
