import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {startEmbeddedBroker} from '../../../src/sink/broker.ts';
import {keepLog} from '../../helpers/log.ts';
import {startMosquitto} from '../../helpers/mosquitto.ts';
import {listen} from '../../helpers/mqtt-listener.ts';
import {startEvent} from './samples.ts';
import {connections, testSink} from './sink-parts.ts';

const account = {username: 'porch', password: 'right one'};

test('a password from a file opens the broker', async t => {
  const broker = await startMosquitto({account});
  t.teardown(() => broker.dispose());
  const listener = await listen(broker.url, '#', account);
  t.teardown(() => listener.close());
  const passwordFile = path.join(path.dirname(broker.caFile), 'secret');
  await writeFile(passwordFile, 'right one\n');
  const {sink, log} = testSink(t, broker.url, {username: 'porch', passwordFile});
  await sink.start();
  sink.publishEvent(startEvent);
  await listener.first(({topic}) => topic === 'dunlin/porch/door/event');
  t.false(JSON.stringify(log.lines).includes('right one'));
});

for (const protocol of ['auto', '3.1.1']) {
  test(`a wrong password is said in words, and retried until it is right (protocol ${protocol})`, async t => {
    const broker = await startMosquitto({account});
    t.teardown(() => broker.dispose());
    const passwordFile = path.join(path.dirname(broker.caFile), 'secret');
    await writeFile(passwordFile, 'wrong one');
    const {sink, log} = testSink(t, broker.url, {protocol, username: 'porch', passwordFile});
    await sink.start();
    await log.until(({level}) => level === 'warn');
    const {error} = sink.connection;
    t.is(error?.code, 'SINK_FAILED');
    t.is(error?.message, `mqtt: ${broker.url} refuses us: not authorized`);
    t.regex(error?.hint ?? '', /passwordFile/);
    await log.until(({level, message}) => level === 'debug' && message === error?.message);
    t.is(log.lines.filter(({level}) => level === 'warn').length, 1);
    t.false(JSON.stringify(log.lines).includes('wrong one'));

    await writeFile(passwordFile, 'right one');
    await connections(log, 1);
    t.is(sink.connection.error, undefined);
  });
}

test('a password in the URL is used and never shown', async t => {
  const broker = await startMosquitto({account});
  t.teardown(() => broker.dispose());
  const {sink, log} = testSink(t, broker.url.replace('//', '//porch:right%20one@'));
  await sink.start();
  await connections(log, 1);
  const shown = JSON.stringify([log.lines, sink.connection, sink.counters]);
  t.true(shown.includes('***@'));
  t.false(shown.includes('right'));
});

test('TLS works with the authority of the broker', async t => {
  const broker = await startMosquitto({tls: true});
  t.teardown(() => broker.dispose());
  const {sink, log} = testSink(t, broker.url, {tls: {ca: broker.caFile}});
  await sink.start();
  await connections(log, 1);
  sink.publishEvent(startEvent);
  await sink.stop(5000);
  t.is(sink.counters.eventsSent, 1);
});

test('TLS with an unknown authority is refused by us', async t => {
  const broker = await startMosquitto({tls: true});
  t.teardown(() => broker.dispose());
  const {sink, log} = testSink(t, broker.url);
  await sink.start();
  const refused = await log.until(({level}) => level === 'warn');
  t.is(refused.message, `mqtt: no connection to ${broker.url}: its certificate authority is unknown`);
  t.is(sink.counters.connects, 0);
});

test('TLS with an unknown authority works when checking is switched off', async t => {
  const broker = await startMosquitto({tls: true});
  t.teardown(() => broker.dispose());
  const {sink, log} = testSink(t, broker.url, {tls: {rejectUnauthorized: false}});
  await sink.start();
  await connections(log, 1);
  t.is(sink.connection.state, 'connected');
});

test('a plain port is not taken for a TLS port', async t => {
  const broker = await startMosquitto();
  t.teardown(() => broker.dispose());
  const {sink, log} = testSink(t, broker.url.replace('mqtt:', 'mqtts:'));
  await sink.start();
  const {message} = await log.until(({level}) => level === 'warn');
  t.regex(message, /^mqtt: no connection to mqtts:/);
});

test('nobody listening is said in words', async t => {
  const {sink, log} = testSink(t, 'mqtt://127.0.0.1:1');
  await sink.start();
  const {message, fields} = await log.until(({level}) => level === 'warn');
  t.is(message, 'mqtt: no connection to mqtt://127.0.0.1:1: nothing listens there');
  t.like(fields, {hint: 'Start the broker, or correct mqtt.url.'});
});

test('MQTT 5 is spoken where the broker does', async t => {
  const broker = await startMosquitto();
  t.teardown(() => broker.dispose());
  const {sink, log} = testSink(t, broker.url);
  await sink.start();
  await connections(log, 1);
  t.is(sink.counters.protocol, '5');
});

test('a broker of MQTT 3.1.1 is spoken to in 3.1.1, without a warning or a pause', async t => {
  const log = keepLog();
  const broker = await startEmbeddedBroker({host: '127.0.0.1', port: 0, log});
  t.teardown(() => broker.close());
  const test = testSink(t, broker.url, {reconnectMinMs: 60_000, reconnectMaxMs: 60_000});
  await test.sink.start();
  await connections(test.log, 1);
  t.is(test.sink.counters.protocol, '3.1.1');
  t.deepEqual(
    test.log.lines.filter(({level}) => level === 'warn'),
    [],
  );
});

test('MQTT 5 demanded from a broker of 3.1.1 is refused in words', async t => {
  const broker = await startEmbeddedBroker({host: '127.0.0.1', port: 0, log: keepLog()});
  t.teardown(() => broker.close());
  const {sink, log} = testSink(t, broker.url, {protocol: '5'});
  await sink.start();
  const {message} = await log.until(({level}) => level === 'warn');
  t.is(message, `mqtt: ${broker.url} refuses us: it does not speak this version of MQTT`);
});
