import test from 'ava';
import {
  encodeCount,
  encodeEvent,
  encodeResult,
  encodeState,
  eventSchema,
  resultSchema,
  stateSchema,
} from '../../../src/sink/mqtt/payloads.ts';
import {detectMessage, runningState, startEvent} from './samples.ts';

test('a result is published field by field', t => {
  t.is(
    encodeResult(detectMessage),
    '{"v":1,"pipeline":"door","frame":7,"at":"2026-01-02T03:04:05.678Z","ageMs":30.5,"width":640,"height":480,' +
      '"model":{"name":"ssd","version":"1"},"delegate":{"id":"cpu","engine":"tflite 2.21.0 + xnnpack","device":"cpu"},' +
      '"result":{"task":"detect","detections":[{"index":0,"label":"person","score":0.75,' +
      '"box":{"x":10,"y":20,"width":30,"height":40}}]},' +
      '"timing":{"decodeMs":1,"preprocessMs":2,"runMs":3,"postprocessMs":4,"totalMs":10}}',
  );
});

test('a segmentation is published without its mask', t => {
  const classes = [{index: 1, label: 'water', fraction: 0.25}];
  const mask = new Uint8Array([1, 0, 0, 0]);
  const text = encodeResult({...detectMessage, result: {task: 'segment', width: 2, height: 2, classes, mask}});
  const payload = resultSchema.parse(JSON.parse(text));
  t.deepEqual(payload.result, {task: 'segment', width: 2, height: 2, classes});
});

test('classifications and raw tensors follow the schema', t => {
  const classify = {task: 'classify', classes: [{index: 3, label: 'owl', score: 1}]} as const;
  const tensor = {task: 'tensor', outputs: [{name: 'out', dtype: 'float32', shape: [1, 4]}]} as const;
  for (const result of [classify, tensor]) {
    t.deepEqual(resultSchema.parse(JSON.parse(encodeResult({...detectMessage, result}))).result, result);
  }
});

test('an event is published field by field', t => {
  t.is(
    encodeEvent(startEvent),
    '{"v":1,"type":"start","id":"e1","pipeline":"door","label":"person","score":0.75,"bestScore":0.75,' +
      '"box":{"x":10.4,"y":20,"width":30,"height":40.6},"count":2,' +
      '"startedAt":"2026-01-02T03:04:05.000Z","at":"2026-01-02T03:04:05.000Z","frame":7}',
  );
  t.deepEqual(eventSchema.parse(JSON.parse(encodeEvent(startEvent))), startEvent);
});

test('a state follows the schema', t => {
  t.deepEqual(stateSchema.parse(JSON.parse(encodeState(runningState))), runningState);
});

test('a count is a bare number', t => {
  t.is(encodeCount(12), '12');
});
