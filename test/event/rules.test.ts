import test from 'ava';
import type {Event} from '../../src/event/event.ts';
import type {Rules} from '../../src/event/rules.ts';
import type {Result} from '../../src/task/result.ts';
import {detections, frameAt, rulesWith} from './frames.ts';

/** One frame per second; what each made, as `start person`. */
function play(rules: Rules, results: readonly Result[]): string[][] {
  return results.map((result, second) => rules.apply(result, frameAt(second)).events.map(summary));
}

const summary = ({type, label}: Event) => `${type} ${label}`;
const person = (score: number) => detections(['person', score]);
const nobody = detections();

test('an occurrence starts, is updated, and ends', t => {
  const rules = rulesWith({endAfterS: 2, updateEveryS: 1});
  t.deepEqual(play(rules, [nobody, person(0.5), person(0.75), person(0.6), nobody, nobody, nobody]), [
    [],
    ['start person'],
    ['update person'],
    ['update person'],
    [],
    ['end person'],
    [],
  ]);
});

test('a start event tells what, where, when and in which frame', t => {
  const rules = rulesWith();
  const box = {x: 1, y: 2, width: 30, height: 40};
  const result = detections(['person', 0.75, box], ['person', 0.5]);
  t.deepEqual(rules.apply(result, frameAt(3)).events, [
    {
      v: 1,
      type: 'start',
      id: '0mwt7rgzc-000000',
      pipeline: 'door',
      label: 'person',
      score: 0.75,
      bestScore: 0.75,
      box,
      count: 2,
      startedAt: '2026-11-23T12:00:03.000Z',
      at: '2026-11-23T12:00:03.000Z',
      frame: 3,
    },
  ]);
});

test('an end event keeps the id and the best box and says when the label was seen last', t => {
  const rules = rulesWith({endAfterS: 2});
  const best = {x: 10, y: 10, width: 10, height: 10};
  const [start] = rules.apply(detections(['cat', 0.5]), frameAt(0)).events;
  rules.apply(detections(['cat', 0.75, best]), frameAt(1));
  rules.apply(detections(['cat', 0.25]), frameAt(2));
  rules.apply(nobody, frameAt(3));
  const [end] = rules.apply(nobody, frameAt(4)).events;
  t.deepEqual(end, {
    v: 1,
    type: 'end',
    id: start!.id,
    pipeline: 'door',
    label: 'cat',
    score: 0,
    bestScore: 0.75,
    box: best,
    count: 0,
    startedAt: '2026-11-23T12:00:00.000Z',
    at: '2026-11-23T12:00:04.000Z',
    endedAt: '2026-11-23T12:00:02.000Z',
    frame: 4,
  });
});

test('labels have occurrences of their own, with ids of their own', t => {
  const rules = rulesWith();
  const events = rules.apply(detections(['cat', 0.9], ['dog', 0.8], ['cat', 0.7]), frameAt(0)).events;
  t.deepEqual(events.map(summary), ['start cat', 'start dog']);
  t.true(events[0]!.id < events[1]!.id);
});

test('ends come before starts', t => {
  const rules = rulesWith({endAfterS: 0});
  play(rules, [detections(['cat', 0.9])]);
  t.deepEqual(rules.apply(detections(['dog', 0.9]), frameAt(1)).events.map(summary), ['end cat', 'start dog']);
});

test('with hysteresis an occurrence starts at enter and lasts down to exit', t => {
  const rules = rulesWith({threshold: {enter: 0.5, exit: 0.25}, endAfterS: 0});
  const scores = [0.49, 0.25, 0.5, 0.25, 0.26, 0.24, 0.49, 0.5];
  t.deepEqual(play(rules, scores.map(person)), [
    [],
    [],
    ['start person'],
    [],
    [],
    ['end person'],
    [],
    ['start person'],
  ]);
});

test('a label has its own threshold, others the common one', t => {
  const rules = rulesWith({threshold: 0.5, thresholds: {cat: 0.8, constructor: 0.9}});
  const seen = detections(['cat', 0.7], ['dog', 0.7], ['toString', 0.7], ['constructor', 0.7]);
  t.deepEqual(rules.apply(seen, frameAt(0)).events.map(summary), ['start dog', 'start toString']);
});

test('N of M frames must agree before a start', t => {
  const rules = rulesWith({confirm: {frames: 2, of: 3}});
  const flicker = [person(0.9), nobody, nobody, person(0.9), nobody, person(0.8)];
  t.deepEqual(play(rules, flicker), [[], [], [], [], [], ['start person']]);
});

test('a confirmed start carries the time of the first and the box of the best frame', t => {
  const rules = rulesWith({confirm: {frames: 3, of: 3}});
  const best = {x: 5, y: 5, width: 5, height: 5};
  rules.apply(detections(['cat', 0.5]), frameAt(0));
  rules.apply(detections(['cat', 0.9, best]), frameAt(1));
  const [start] = rules.apply(detections(['cat', 0.6]), frameAt(2)).events;
  t.like(start, {score: 0.6, bestScore: 0.9, box: best, frame: 2});
  t.is(start?.startedAt, '2026-11-23T12:00:00.000Z');
  t.is(start?.at, '2026-11-23T12:00:02.000Z');
});

test('an occurrence outlives gaps shorter than endAfterS', t => {
  const rules = rulesWith({endAfterS: 3, updateEveryS: 100});
  const results = [person(0.9), nobody, nobody, person(0.9), nobody, nobody, nobody];
  t.deepEqual(play(rules, results), [['start person'], [], [], [], [], [], ['end person']]);
});

test('an occurrence outlives fewer missing frames than endAfterFrames, however slow they come', t => {
  const rules = rulesWith({endAfterS: 1, endAfterFrames: 3});
  t.deepEqual(play(rules, [person(0.9), nobody, nobody, nobody]), [['start person'], [], [], ['end person']]);
});

test('after an end the label is silent for cooldownS, then starts if it is there', t => {
  const rules = rulesWith({endAfterS: 0, cooldownS: 3});
  const results = [person(0.9), nobody, person(0.9), nobody, person(0.9)];
  t.deepEqual(play(rules, results), [['start person'], ['end person'], [], [], ['start person']]);
});

test('the cooldown of one label does not silence another', t => {
  const rules = rulesWith({endAfterS: 0, cooldownS: 100});
  play(rules, [person(0.9), nobody]);
  t.deepEqual(rules.apply(detections(['person', 0.9], ['dog', 0.9]), frameAt(2)).events.map(summary), ['start dog']);
});

test('updates come no faster than updateEveryS', t => {
  const rules = rulesWith({updateEveryS: 2});
  const results = [person(0.5), person(0.6), person(0.7), person(0.8), person(0.9)];
  t.deepEqual(play(rules, results), [['start person'], [], ['update person'], [], ['update person']]);
});

test('updateEveryS 0 reports every frame', t => {
  t.deepEqual(play(rulesWith({updateEveryS: 0}), [person(0.5), person(0.5)]), [['start person'], ['update person']]);
});

test('the wall clock may jump: durations do not change, stamps follow it', t => {
  const rules = rulesWith({endAfterS: 2});
  rules.apply(person(0.9), frameAt(0, 0, 0));
  t.deepEqual(rules.apply(nobody, frameAt(1, 1, Date.UTC(2030, 0))).events, []);
  const [end] = rules.apply(nobody, frameAt(2, 2, Date.UTC(2026, 0))).events;
  t.is(end?.startedAt, '1970-01-01T00:00:00.000Z');
  t.is(end?.at, '2026-01-01T00:00:00.000Z');
});

test('finish ends what lasts, once', t => {
  const rules = rulesWith();
  const [start] = rules.apply(person(0.9), frameAt(0)).events;
  const ends = rules.finish(frameAt(1));
  t.deepEqual(ends.map(summary), ['end person']);
  t.is(ends[0]!.id, start!.id);
  t.is(ends[0]!.score, 0.9);
  t.deepEqual(rules.finish(frameAt(2)), []);
});

test('after finish the rules start afresh, without a cooldown', t => {
  const rules = rulesWith({cooldownS: 100});
  rules.apply(person(0.9), frameAt(0));
  rules.finish(frameAt(1));
  t.deepEqual(rules.apply(person(0.9), frameAt(2)).events.map(summary), ['start person']);
});

test('counts hold through gaps and fall to 0 with the end, once', t => {
  const rules = rulesWith({endAfterS: 2});
  const two = detections(['cat', 0.9], ['cat', 0.8], ['dog', 0.9]);
  const counts = [two, person(0.9), nobody, nobody, nobody].map((result, second) => [
    ...rules.apply(result, frameAt(second)).counts,
  ]);
  t.deepEqual(counts, [
    [
      ['cat', 2],
      ['dog', 1],
    ],
    [
      ['cat', 2],
      ['dog', 1],
      ['person', 1],
    ],
    [
      ['cat', 0],
      ['dog', 0],
      ['person', 1],
    ],
    [['person', 0]],
    [],
  ]);
});

test('counts have every label of the allow list from the first frame on', t => {
  const rules = rulesWith({labels: ['cat', 'dog']});
  const {counts} = rules.apply(detections(['dog', 0.9], ['person', 0.9]), frameAt(0));
  t.deepEqual(
    [...counts],
    [
      ['cat', 0],
      ['dog', 1],
    ],
  );
});

test('counts leave out objects below the threshold and go on during the cooldown', t => {
  const rules = rulesWith({threshold: 0.5, endAfterS: 0, cooldownS: 100});
  const countAt = (second: number, result: Result) => rules.apply(result, frameAt(second)).counts.get('cat');
  t.is(countAt(0, detections(['cat', 0.9], ['cat', 0.4])), 1);
  t.is(countAt(1, nobody), 0);
  t.is(countAt(2, detections(['cat', 0.9], ['cat', 0.8])), 2);
});

test('only allowed labels count, and no ignored ones', t => {
  const seen = detections(['cat', 0.9], ['dog', 0.9], ['cow', 0.9]);
  t.deepEqual(
    rulesWith({labels: ['cat', 'dog']})
      .apply(seen, frameAt(0))
      .events.map(summary),
    ['start cat', 'start dog'],
  );
  t.deepEqual(
    rulesWith({ignore: ['cat']})
      .apply(seen, frameAt(0))
      .events.map(summary),
    ['start dog', 'start cow'],
  );
  t.deepEqual(
    rulesWith({labels: ['cat', 'dog'], ignore: ['cat']})
      .apply(seen, frameAt(0))
      .events.map(summary),
    ['start dog'],
  );
});

test('boxes that are too small or too large a share of the frame do not count', t => {
  const seen = detections(
    ['small', 0.9, {x: 0, y: 0, width: 9, height: 10}],
    ['right', 0.9, {x: 0, y: 0, width: 10, height: 10}],
    ['large', 0.9, {x: 0, y: 0, width: 100, height: 51}],
  );
  t.deepEqual(rulesWith({minArea: 0.01, maxArea: 0.5}).apply(seen, frameAt(0)).events.map(summary), ['start right']);
});

test('a box counts where its anchor stands in the region', t => {
  const leftHalf: [number, number][] = [
    [0, 0],
    [0.5, 0],
    [0.5, 1],
    [0, 1],
  ];
  const lowerHalf: [number, number][] = [
    [0, 0.5],
    [1, 0.5],
    [1, 1],
    [0, 1],
  ];
  const seen = detections(
    ['left', 0.9, {x: 30, y: 0, width: 30, height: 30}],
    ['right', 0.9, {x: 50, y: 0, width: 30, height: 30}],
    ['standing low', 0.9, {x: 80, y: 0, width: 10, height: 60}],
    ['cut off below', 0.9, {x: 80, y: 60, width: 20, height: 40}],
  );
  const events = (options: Parameters<typeof rulesWith>[0]) =>
    rulesWith(options)
      .apply(seen, frameAt(0))
      .events.map(({label}) => label);
  t.deepEqual(events({region: [leftHalf]}), ['left']);
  t.deepEqual(events({region: [lowerHalf]}), ['standing low', 'cut off below']);
  t.deepEqual(events({region: [lowerHalf], anchor: 'centre'}), ['cut off below']);
  t.deepEqual(events({region: [leftHalf, lowerHalf]}), ['left', 'standing low', 'cut off below']);
});

test('classification starts events for classes from 0.5 on, without box and count', t => {
  const rules = rulesWith();
  const classes = [
    {index: 3, label: 'owl', score: 0.5},
    {index: 1, label: 'hawk', score: 0.49},
  ];
  const {events, counts} = rules.apply({task: 'classify', classes}, frameAt(0));
  t.deepEqual(events.map(summary), ['start owl']);
  t.false('box' in events[0]!);
  t.false('count' in events[0]!);
  t.deepEqual([...counts], []);
});

test('segmentation starts events for classes that cover enough of the frame', t => {
  const segment = (water: number): Result => ({
    task: 'segment',
    width: 1,
    height: 1,
    mask: new Uint8Array(1),
    classes: [{index: 1, label: 'water', fraction: water}],
  });
  const rules = rulesWith({threshold: {enter: 0.25, exit: 0.1}, endAfterS: 0});
  t.deepEqual(play(rules, [segment(0.2), segment(0.25), segment(0.1), segment(0.05)]), [
    [],
    ['start water'],
    [],
    ['end water'],
  ]);
  t.deepEqual(rulesWith().apply(segment(0.01), frameAt(0)).events.map(summary), ['start water']);
  t.deepEqual(rulesWith({minArea: 0.5}).apply(segment(0.4), frameAt(0)).events, []);
});

test('raw tensors make no events', t => {
  t.deepEqual(rulesWith().apply({task: 'tensor', outputs: []}, frameAt(0)).events, []);
});
