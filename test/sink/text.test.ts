import test from 'ava';
import {
  clockTime,
  describeEvent,
  describeHealth,
  describeInfo,
  describeResult,
  describeState,
  printable,
} from '../../src/sink/text.ts';
import {detectMessage, nodeInfo, readings, runningState, startEvent} from './mqtt/samples.ts';

test('a start says what, how sure, how many and where', t => {
  t.is(describeEvent(startEvent), 'person began, 75 %, 2 in view, at 10,20 size 30x41');
});

test('an update without box and count is short', t => {
  const {box: _box, count: _count, ...event} = startEvent;
  t.is(describeEvent({...event, type: 'update'}), 'person goes on, 75 %');
});

test('an end says how long and the best score', t => {
  const endedAt = '2026-01-02T03:04:17.340Z';
  t.is(describeEvent({...startEvent, type: 'end', bestScore: 0.9, endedAt}), 'person ended after 12.3 s, best 90 %');
});

test('a result names its best objects, and how old it is', t => {
  t.is(describeResult(detectMessage), 'person 75 % (frame 7, 10.0 ms, 31 ms old)');
});

test('a result of many classes is cut short, and one without a label gives its index', t => {
  const classes = [0.5, 0.2, 0.1, 0.05, 0.01].map((score, index) => ({index, label: index === 0 ? '' : 'dog', score}));
  const text = describeResult({...detectMessage, result: {task: 'classify', classes}});
  t.is(text, '0 50 %, dog 20 %, dog 10 %, 2 more (frame 7, 10.0 ms, 31 ms old)');
});

test('segmentations, tensors and empty results are described too', t => {
  const water = {index: 1, label: 'water', fraction: 0.25};
  const segment = {task: 'segment', width: 2, height: 2, classes: [water]} as const;
  const tensor = {task: 'tensor', outputs: [{name: 'out', dtype: 'float32', shape: [1, 4]}]} as const;
  t.regex(describeResult({...detectMessage, result: segment}), /^water 25 % \(/);
  t.regex(describeResult({...detectMessage, result: tensor}), /^out \[1, 4\] \(/);
  t.regex(describeResult({...detectMessage, result: {task: 'detect', detections: []}}), /^nothing \(/);
});

test('a state says what runs where, how fast, and its troubles', t => {
  t.is(describeState(runningState), 'running, 15.0 fps, ssd on cpu cpu, p50 31 ms, p99 52 ms, 2 dropped, 1 restarts');
  const {delegate: _, latencyMs: __, ...rest} = runningState;
  t.is(
    describeState({...rest, status: 'failed', reason: 'no such file', fps: 0}),
    'failed, 0.0 fps, ssd, 2 dropped, 1 restarts, no such file',
  );
});

test('a state says which better places are passed over, and what was moved', t => {
  const rejected = [
    {delegate: 'edgetpu', device: 'usb:0', reason: 'unplugged', remedy: 'plug it in'},
    {delegate: 'server', reason: 'no answer'},
  ];
  const last = {
    ...{at: 'then', from: 'edgetpu usb:0', to: 'cpu', cause: 'its process crashed'},
    ...{remedy: 'none', gapMs: 241.3},
  };
  const delegate = {id: 'cpu', engine: 'tflite', device: 'cpu', why: '', rejected};
  const state = {...runningState, status: 'degraded', delegate, failover: {count: 2, last}} as const;
  t.regex(
    describeState(state),
    /, not edgetpu usb:0 \(unplugged; to do: plug it in\), not server \(no answer\), 2 moves, last edgetpu usb:0 → cpu at then \(its process crashed; 241 ms without a result\)$/,
  );
  t.regex(
    describeState({...state, reason: 'edgetpu passed over: unplugged; server: no answer'}),
    /no answer, not edgetpu usb:0 \(to do: plug it in\), not server, 2 moves/,
  );
});

test('a node tells which devices cannot be used, and why others are absent', t => {
  const problem = {reason: 'no permission', remedy: 'join plugdev'};
  const delegates = [
    ...nodeInfo.delegates,
    {id: 'edgetpu', devices: [{id: 'usb:0', name: 'Edge TPU', problem}]},
    {id: 'movidius', devices: [], absence: {reason: 'no library', remedy: 'install it'}},
  ];
  t.is(
    describeInfo({...nodeInfo, delegates}),
    'dunlin 0.1.0 on PC, delegates cpu, edgetpu, pipelines door; ' +
      'edgetpu usb:0 cannot be used (no permission; to do: join plugdev); no movidius (no library)',
  );
});

test('a node is described by version, board, delegates with devices and pipelines', t => {
  const delegates = [...nodeInfo.delegates, {id: 'edgetpu', devices: []}];
  t.is(describeInfo({...nodeInfo, delegates}), 'dunlin 0.1.0 on PC, delegates cpu, pipelines door');
});

test('health names heat, throttling, memory, disk and losses', t => {
  const broker = {
    url: 'mqtt://host',
    protocol: '5',
    connected: true,
    connects: 1,
    bufferedBytes: 0,
    resultsSent: 1,
    resultsDropped: 4,
    snapshotsSent: 0,
    snapshotsDropped: 0,
    eventsSent: 0,
    refused: 0,
  } as const;
  const outbox = {depth: 3, capacity: 10, lostUpdates: 1, lostOthers: 1};
  const disk = {path: '/', totalBytes: 9e9, freeBytes: 1e9, writable: false};
  const throttling = {now: ['under-voltage'], sinceBoot: []};
  const health = {v: 1, node: 'porch', at: '', uptimeS: 1, ...readings, throttling, disk, outbox, broker} as const;
  t.is(
    describeHealth(health),
    'cpu-thermal 54 °C, under-voltage, 4000 MB free, dunlin 70 MB, disk 1000 MB free, read-only, outbox 3, ' +
      '2 events lost, 4 results dropped',
  );
});

test('control characters do not reach the terminal', t => {
  t.is(printable('a\u001b[31mb\n\u009bc'), 'a·[31mb··c');
  t.false(describeEvent({...startEvent, label: '\u001b]0;x\u0007'}).includes('\u001b'));
});

test('a time that is none is shown as it is', t => {
  t.is(clockTime('soon'), 'soon');
  t.regex(clockTime('2026-01-02T03:04:05Z'), /^\d\d:04:05$/);
});
