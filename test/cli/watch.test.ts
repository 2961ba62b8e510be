import test from 'ava';
import {watch} from '../../src/cli/watch.ts';
import {startMosquitto} from '../helpers/mosquitto.ts';
import {detectMessage, nodeInfo, runningState, startEvent} from '../sink/mqtt/samples.ts';
import {connections, testSink} from '../sink/mqtt/sink-parts.ts';

/** Lines of a `watch`, and a promise of the first that fits. */
function printed() {
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  return {
    lines,
    write(line: string) {
      lines.push(line);
      for (const check of [...waiting]) check();
    },
    until: (pattern: RegExp) =>
      new Promise<void>(resolve => {
        const check = () => {
          if (!lines.some(line => pattern.test(line))) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
  };
}

test('topics are printed readably, one line each', async t => {
  const broker = await startMosquitto();
  t.teardown(() => broker.dispose());
  const {sink, log} = testSink(t, broker.url);
  await sink.start();
  await connections(log, 1);
  sink.publishState(runningState);
  const [out, notes, ending] = [printed(), printed(), new AbortController()];
  const watching = watch({
    url: broker.url,
    prefix: 'dunlin',
    json: false,
    signal: ending.signal,
    write: out.write,
    note: notes.write,
  });
  await notes.until(/^watching dunlin\/#/);
  await out.until(/status {2}\(retained\) online/);
  sink.publishEvent(startEvent);
  sink.publishResult(detectMessage);
  sink.publishCount('door', 'traffic light', 2);
  sink.publishSnapshot('door', new Uint8Array(1234));
  const expected = [
    /^\d\d:\d\d:\d\d {2}porch {2}status {2}\(retained\) online\n$/,
    /^\d\d:\d\d:\d\d {2}porch {2}info {2}\(retained\) dunlin 0\.1\.0 on PC, delegates cpu, pipelines door\n$/,
    /^\d\d:\d\d:\d\d {2}porch {2}health {2}(\(retained\) )?cpu-thermal 54 °C, /,
    /^\d\d:\d\d:\d\d {2}porch {2}door {2}state {2}(\(retained\) )?running, 15\.0 fps, /,
    /^\d\d:\d\d:\d\d {2}porch {2}door {2}event {2}person began, 75 %/,
    /^\d\d:\d\d:\d\d {2}porch {2}door {2}result {2}person 75 % \(frame 7, /,
    /^\d\d:\d\d:\d\d {2}porch {2}door {2}count {2}traffic light 2\n$/,
    /^\d\d:\d\d:\d\d {2}porch {2}door {2}snapshot {2}1234 bytes\n$/,
  ];
  for (const pattern of expected) await out.until(pattern);
  ending.abort();
  await watching;
  t.true(out.lines.every(line => line.endsWith('\n') && line.indexOf('\n') === line.length - 1));
});

test('as JSON each message is one object', async t => {
  const broker = await startMosquitto();
  t.teardown(() => broker.dispose());
  const {sink, log} = testSink(t, broker.url);
  await sink.start();
  await connections(log, 1);
  const [out, ending] = [printed(), new AbortController()];
  const watching = watch({
    url: broker.url,
    prefix: 'dunlin',
    json: true,
    signal: ending.signal,
    write: out.write,
    note: () => undefined,
  });
  await out.until(/"kind":"info"/);
  sink.publishSnapshot('door', new Uint8Array(7));
  sink.publishEvent(startEvent);
  await Promise.all(['snapshot', 'event'].map(kind => out.until(new RegExp(`"kind":"${kind}"`))));
  ending.abort();
  await watching;
  const find = (kind: string) => out.lines.map(line => JSON.parse(line)).find(message => message.kind === kind);
  t.like(find('status'), {topic: 'dunlin/porch/status', node: 'porch', retained: true, payload: 'online'});
  t.like(find('info'), {payload: nodeInfo});
  t.like(find('event'), {topic: 'dunlin/porch/door/event', pipeline: 'door', retained: false, payload: startEvent});
  t.like(find('snapshot'), {bytes: 7});
});

test('a broker that goes away and returns is watched again', async t => {
  const broker = await startMosquitto();
  t.teardown(() => broker.dispose());
  const [notes, ending] = [printed(), new AbortController()];
  const watching = watch({
    url: broker.url,
    prefix: 'dunlin',
    json: false,
    signal: ending.signal,
    write: () => undefined,
    note: notes.write,
  });
  await notes.until(/^watching/);
  await broker.stop();
  await notes.until(/^mqtt: lost the connection to mqtt:.*: it closed the connection\. Wait/);
  notes.lines.length = 0;
  await broker.start();
  await notes.until(/^watching/);
  ending.abort();
  await watching;
  t.pass();
});

test('an aborted watch ends at once, also without a broker', async t => {
  const ending = new AbortController();
  const [notes, options] = [printed(), {url: 'mqtt://127.0.0.1:1', prefix: 'dunlin', json: false}];
  const watching = watch({...options, signal: ending.signal, write: () => undefined, note: notes.write});
  await notes.until(/nothing listens there\. Start the broker/);
  ending.abort();
  await t.notThrowsAsync(watching);
});

test('what is no broker URL is refused', async t => {
  const {signal} = new AbortController();
  const options = {url: 'http://host', prefix: 'dunlin', json: false, signal, write: () => undefined};
  await t.throwsAsync(watch(options), {code: 'CONFIG_INVALID'});
});
