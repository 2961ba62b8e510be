import test from 'ava';
import type {Sink} from '../../src/sink/contract.ts';
import {createFanOutSink} from '../../src/sink/fan-out.ts';
import {keepLog} from '../helpers/log.ts';
import {detectMessage, runningState, startEvent} from './mqtt/samples.ts';

/** Keeps the names of the methods that were called. */
function recorder(calls: string[], overrides: Partial<Sink> = {}): Sink {
  return {
    start: async () => void calls.push('start'),
    publishResult: () => calls.push('result'),
    publishEvent: () => calls.push('event'),
    publishState: () => calls.push('state'),
    publishCount: () => calls.push('count'),
    publishSnapshot: () => calls.push('snapshot'),
    stop: async () => void calls.push('stop'),
    ...overrides,
  };
}

const failing = (message: string) => () => {
  throw new Error(message);
};

test('every sink hears everything', async t => {
  const [first, second]: [string[], string[]] = [[], []];
  const sinks = [
    {name: 'a', sink: recorder(first)},
    {name: 'b', sink: recorder(second)},
  ];
  const sink = createFanOutSink(sinks, keepLog());
  await sink.start();
  sink.publishResult(detectMessage);
  sink.publishEvent(startEvent);
  sink.publishState(runningState);
  sink.publishCount('door', 'person', 1);
  sink.publishSnapshot('door', new Uint8Array(1));
  await sink.stop(0);
  t.deepEqual(first, ['start', 'result', 'event', 'state', 'count', 'snapshot', 'stop']);
  t.deepEqual(second, first);
});

test('a sink that throws is logged once and harms nobody', t => {
  const log = keepLog();
  const calls: string[] = [];
  const broken = recorder([], {publishEvent: failing('broken')});
  const sink = createFanOutSink(
    [
      {name: 'broken', sink: broken},
      {name: 'whole', sink: recorder(calls)},
    ],
    log,
  );
  sink.publishEvent(startEvent);
  sink.publishEvent(startEvent);
  t.deepEqual(calls, ['event', 'event']);
  t.deepEqual(
    log.lines.map(({message}) => message),
    ['broken.publishEvent failed; further failures are not logged'],
  );
});

test('when one cannot start, those that started are stopped and the failure is told', async t => {
  const calls: string[] = [];
  const sinks = [
    {name: 'whole', sink: recorder(calls)},
    {name: 'broken', sink: recorder([], {start: failing('no')})},
  ];
  await t.throwsAsync(createFanOutSink(sinks, keepLog()).start(), {message: 'no'});
  t.deepEqual(calls, ['start', 'stop']);
});

test('all are stopped, whatever some of them throw, and all failures are told', async t => {
  const calls: string[] = [];
  const sinks = [
    {name: 'a', sink: recorder([], {stop: failing('one')})},
    {name: 'b', sink: recorder([], {stop: failing('two')})},
    {name: 'c', sink: recorder(calls)},
  ];
  const error = await t.throwsAsync(createFanOutSink(sinks, keepLog()).stop(0), {instanceOf: AggregateError});
  t.is(error?.message, '2 sinks failed to stop');
  t.deepEqual(calls, ['stop']);
});
