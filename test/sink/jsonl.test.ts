import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {PassThrough, Writable} from 'node:stream';
import test, {type ExecutionContext} from 'ava';
import {createJsonlSink} from '../../src/sink/jsonl.ts';
import {keepLog} from '../helpers/log.ts';
import {detectMessage, startEvent} from './mqtt/samples.ts';

async function temporaryFile(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'dunlin-'));
  t.teardown(() => rm(folder, {recursive: true}));
  return path.join(folder, 'events.jsonl');
}

const parse = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));

test('results and events are lines of a file, which is appended to', async t => {
  const target = await temporaryFile(t);
  for (const frame of [1, 2]) {
    const sink = createJsonlSink({target, log: keepLog()});
    await sink.start();
    sink.publishResult({...detectMessage, frame});
    sink.publishEvent({...startEvent, frame});
    await sink.stop(5000);
    await sink.stop(5000);
  }
  t.deepEqual(parse(await readFile(target, 'utf8')), [
    {kind: 'result', ...detectMessage, frame: 1},
    {kind: 'event', ...startEvent, frame: 1},
    {kind: 'result', ...detectMessage, frame: 2},
    {kind: 'event', ...startEvent, frame: 2},
  ]);
});

test('events alone, on a stream that stays open', async t => {
  const target = new PassThrough();
  const sink = createJsonlSink({target, log: keepLog(), results: false});
  await sink.start();
  sink.publishResult(detectMessage);
  sink.publishEvent(startEvent);
  await sink.stop(5000);
  t.deepEqual(parse(target.read().toString()), [{kind: 'event', ...startEvent}]);
  t.false(target.destroyed);
  t.is(target.listenerCount('error'), 0);
});

test('a reader that is too slow costs lines, which are counted', async t => {
  const stuck = new Writable({write() {}});
  const sink = createJsonlSink({target: stuck, log: keepLog(), maxBufferedBytes: 10_000});
  await sink.start();
  for (let frame = 0; frame < 1000; frame++) sink.publishEvent(startEvent);
  await sink.stop(1);
  t.true(stuck.writableLength < 11_000);
  t.is(sink.counters.written + sink.counters.dropped, 1000);
  t.true(sink.counters.dropped > 900);
});

test('a file that cannot be opened fails the start, with the way out', async t => {
  const sink = createJsonlSink({target: '/nowhere/events.jsonl', log: keepLog()});
  await t.throwsAsync(sink.start(), {code: 'SINK_FAILED', message: 'jsonl: cannot open /nowhere/events.jsonl: ENOENT'});
});

test('a full disk is said once, and the lines are counted as dropped', async t => {
  const log = keepLog();
  const sink = createJsonlSink({target: '/dev/full', log});
  await sink.start();
  sink.publishEvent(startEvent);
  await log.until(({level}) => level === 'error');
  sink.publishEvent(startEvent);
  sink.publishEvent(startEvent);
  await sink.stop(100);
  t.deepEqual(sink.counters, {written: 1, dropped: 2});
  t.is(log.lines.filter(({level}) => level === 'error').length, 1);
});

test('a reader that went away harms nobody', async t => {
  const target = new PassThrough();
  const log = keepLog();
  const sink = createJsonlSink({target, log});
  await sink.start();
  target.destroy(Object.assign(new Error('write EPIPE'), {code: 'EPIPE'}));
  await log.until(({level}) => level === 'error');
  sink.publishEvent(startEvent);
  await sink.stop(100);
  t.is(sink.counters.dropped, 1);
});
