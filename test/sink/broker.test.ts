import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {connect, createServer} from 'node:net';
import test from 'ava';
import fc from 'fast-check';
import {connectAsync} from 'mqtt';
import {startEmbeddedBroker} from '../../src/sink/broker.ts';
import {keepLog} from '../helpers/log.ts';
import {freePort} from '../helpers/mosquitto.ts';
import {listen} from '../helpers/mqtt-listener.ts';

const host = '127.0.0.1';

test('messages pass, and retained ones are kept for those who come later', async t => {
  const broker = await startEmbeddedBroker({host, port: 0, log: keepLog()});
  t.teardown(() => broker.close());
  const publisher = await connectAsync(broker.url);
  t.teardown(() => publisher.endAsync(true));
  await publisher.publishAsync('kept', 'yes', {qos: 1, retain: true});
  const listener = await listen(broker.url);
  t.teardown(() => listener.close());
  await publisher.publishAsync('live', 'now', {qos: 1});
  await listener.first(({topic}) => topic === 'live');
  t.deepEqual(listener.messages, [
    {topic: 'kept', text: 'yes', retained: true, qos: 1},
    {topic: 'live', text: 'now', retained: false, qos: 1},
  ]);
});

test('it listens on the port asked for', async t => {
  const port = await freePort();
  const broker = await startEmbeddedBroker({host, port, log: keepLog()});
  t.teardown(() => broker.close());
  t.is(broker.port, port);
  t.is(broker.url, `mqtt://127.0.0.1:${port}`);
});

test('a port in use makes way for another one, aloud', async t => {
  const other = createServer().listen(0, host);
  await once(other, 'listening');
  t.teardown(() => other.close());
  const {port} = other.address() as {port: number};
  const log = keepLog();
  const broker = await startEmbeddedBroker({host, port, log});
  t.teardown(() => broker.close());
  const warning = await log.until(({level}) => level === 'warn');
  t.not(broker.port, port);
  t.deepEqual(warning.fields, {asked: port, taken: broker.port});
  const client = await connectAsync(broker.url);
  await client.endAsync(true);
});

test('a host that is not ours is an error with a remedy', async t => {
  const error = await t.throwsAsync(startEmbeddedBroker({host: '192.0.2.1', port: 0, log: keepLog()}));
  t.like(error, {
    code: 'SINK_FAILED',
    hint: 'Set mqtt.url to a broker, or give the embedded one a host and port that this user may listen on.',
  });
});

test('closing frees the port and ends every connection, also unfinished ones', async t => {
  const broker = await startEmbeddedBroker({host, port: 0, log: keepLog()});
  const client = await connectAsync(broker.url, {reconnectPeriod: 0});
  const silent = connect(broker.port, host);
  await once(silent, 'connect');
  const ended = Promise.all([
    new Promise<void>(resolve => client.once('close', () => resolve())),
    once(silent, 'close'),
  ]);
  await broker.close();
  await broker.close();
  await ended;
  const next = await startEmbeddedBroker({host, port: broker.port, log: keepLog()});
  t.is(next.port, broker.port);
  await next.close();
});

test('nothing is kept for a client that has gone', async t => {
  const broker = await startEmbeddedBroker({host, port: 0, log: keepLog()});
  t.teardown(() => broker.close());
  const gone = await connectAsync(broker.url, {clientId: 'gone', clean: false});
  await gone.subscribeAsync('#', {qos: 1});
  await gone.endAsync();
  const publisher = await connectAsync(broker.url);
  t.teardown(() => publisher.endAsync(true));
  await publisher.publishAsync('a', 'b', {qos: 1});
  const back = await connectAsync(broker.url, {clientId: 'gone', clean: false, manualConnect: false});
  t.teardown(() => back.endAsync(true));
  const heard: string[] = [];
  back.on('message', topic => heard.push(topic));
  await back.subscribeAsync('c', {qos: 1});
  await publisher.publishAsync('c', 'd', {qos: 1});
  await new Promise(resolve => back.once('message', resolve));
  t.deepEqual(heard, ['c']);
});

test('a subscriber that does not read holds up nobody', async t => {
  const log = keepLog();
  const broker = await startEmbeddedBroker({host, port: 0, log});
  t.teardown(() => broker.close());
  const frozen = spawn('mosquitto_sub', ['-h', host, '-p', String(broker.port), '-t', '#', '-F', '%l']);
  t.teardown(() => frozen.kill('SIGKILL'));
  const listener = await listen(broker.url);
  t.teardown(() => listener.close());
  const publisher = await connectAsync(broker.url);
  t.teardown(() => publisher.endAsync(true));
  await publisher.publishAsync('hello', '', {qos: 1, retain: true});
  await once(frozen.stdout, 'data');
  frozen.kill('SIGSTOP');
  const picture = Buffer.alloc(100_000);
  for (let count = 1; count <= 300; count++) {
    publisher.publish('picture', picture);
    await listener.until(messages => messages.filter(({topic}) => topic === 'picture').length >= count);
  }
  t.deepEqual(
    log.lines.filter(({message}) => message === 'client error'),
    [],
  );
});

test('noise instead of MQTT ends that connection only', async t => {
  const broker = await startEmbeddedBroker({host, port: 0, log: keepLog()});
  t.teardown(() => broker.close());
  const hello = Buffer.from('100c00044d5154540402003c0000', 'hex');
  const noises = fc.sample(fc.uint8Array({minLength: 1, maxLength: 200}), {numRuns: 300, seed: 1});
  for (const [index, noise] of noises.entries()) {
    const socket = connect(broker.port, host);
    socket.on('error', () => undefined);
    socket.end(Buffer.concat([index % 2 === 0 ? Buffer.alloc(0) : hello, noise]));
    socket.resume();
    await once(socket, 'close');
  }
  const client = await connectAsync(broker.url);
  t.teardown(() => client.endAsync(true));
  await t.notThrowsAsync(client.publishAsync('a', 'b', {qos: 1}));
});
