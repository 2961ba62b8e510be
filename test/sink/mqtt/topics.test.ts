import test from 'ava';
import fc from 'fast-check';
import {createTopics, nameOfLevel, parseTopic, topicLevel} from '../../../src/sink/mqtt/topics.ts';

test('topics stand under prefix and node', t => {
  const topics = createTopics('home/dunlin', 'porch');
  const door = topics.pipeline('door');
  t.is(topics.status, 'home/dunlin/porch/status');
  t.is(topics.info, 'home/dunlin/porch/info');
  t.is(topics.health, 'home/dunlin/porch/health');
  t.is(door.state, 'home/dunlin/porch/door/state');
  t.is(door.result, 'home/dunlin/porch/door/result');
  t.is(door.event, 'home/dunlin/porch/door/event');
  t.is(door.snapshot, 'home/dunlin/porch/door/snapshot');
  t.is(door.count('traffic light'), 'home/dunlin/porch/door/count/traffic light');
});

const level = test.macro({
  exec(t, name: string, expected: string) {
    t.is(topicLevel(name), expected);
  },
  title: (_, name: string, expected: string) =>
    `${JSON.stringify(name).slice(0, 30)} becomes the topic level ${expected.slice(0, 30)}`,
});
test(level, 'person', 'person');
test(level, 'traffic light', 'traffic light');
test(level, 'Füße', 'Füße');
test(level, 'a/b', 'a%2Fb');
test(level, '+', '%2B');
test(level, '#', '%23');
test(level, '100%', '100%25');
test(level, '\u0000', '%00');
test(level, 'a\u0085\n', 'a%C2%85%0A');
test(level, '\ud800x', '%EF%BF%BDx');
test(level, '', '_');
test(level, 'x'.repeat(121), 'x'.repeat(120));
test(level, '/'.repeat(200), '%2F'.repeat(120));

test('every name gives one level that MQTT allows and that names it again', t => {
  const names = fc.string({unit: 'binary', maxLength: 120});
  fc.assert(
    fc.property(names, name => {
      const encoded = topicLevel(name);
      t.notRegex(encoded, /[+#/\p{Cc}]/u);
      t.true(Buffer.byteLength(encoded) <= 1440);
      if (name !== '') t.is(nameOfLevel(encoded), Buffer.from(name).toString());
    }),
  );
  t.pass();
});

test('a topic is taken apart again', t => {
  const topics = createTopics('dunlin', 'a/b');
  t.deepEqual(parseTopic('dunlin', topics.status), {node: 'a/b', kind: 'status'});
  t.deepEqual(parseTopic('dunlin', topics.pipeline('x+y').event), {node: 'a/b', kind: 'event', pipeline: 'x+y'});
  t.deepEqual(parseTopic('dunlin', topics.pipeline('door').count('cat/dog')), {
    node: 'a/b',
    kind: 'count',
    pipeline: 'door',
    label: 'cat/dog',
  });
});

test('topics of others are not ours', t => {
  for (const topic of [
    'dunlin',
    'dunlin/a',
    'other/a/status',
    'dunlin/a/b/c',
    'dunlin/a/b/count/c/d',
    'dunlinx/a/status',
  ]) {
    t.is(parseTopic('dunlin', topic), undefined);
  }
});

test('a level that is no valid escape stands for itself', t => {
  t.is(nameOfLevel('50%'), '50%');
});
