import {once} from 'node:events';
import {type AddressInfo, connect, createServer, type Socket} from 'node:net';
import test from 'ava';
import {startMosquitto} from '../../helpers/mosquitto.ts';
import {connections, testSink} from './sink-parts.ts';

const stranger = test.macro({
  async exec(t, _what: string, answer: (socket: Socket) => void, message: RegExp) {
    const server = createServer(socket => {
      socket.on('error', () => undefined);
      answer(socket);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.teardown(() => server.close());
    const {port} = server.address() as AddressInfo;
    const {sink, log} = testSink(t, `mqtt://127.0.0.1:${port}`, {connectTimeoutMs: 100});
    await sink.start();
    const failures = () => log.lines.filter(line => message.test(line.message)).length;
    await log.until(() => failures() >= 3);
    t.is(sink.counters.connects, 0);
  },
  title: (_, what: string) => `${what} is no broker, which is said, and it is tried again and again`,
});
test(stranger, 'an HTTP server', socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), /no connection to/);
test(stranger, 'noise', socket => socket.write(Buffer.alloc(10_000, 0xff)), /no connection to/);
test(stranger, 'silence', socket => socket.resume(), /it takes connections but does not answer/);
test(stranger, 'a port that hangs up', socket => socket.destroy(), /it closed the connection|it broke the connection/);

test('a broker that hangs up on MQTT 5 without a word is spoken to in 3.1.1', async t => {
  const broker = await startMosquitto();
  t.teardown(() => broker.dispose());
  const server = createServer(near => {
    near.on('error', () => undefined);
    near.once('data', hello => {
      // Byte 8 of CONNECT is the version of the protocol; before it stand type, length (1 or 2 bytes) and "MQTT".
      const version = hello[hello.indexOf('MQTT') + 4];
      if (version === 5) return near.destroy();
      const far = connect(broker.port, '127.0.0.1');
      far.on('error', () => undefined);
      far.write(hello);
      near.pipe(far).pipe(near);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const {sink, log} = testSink(t, `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await sink.start();
  await connections(log, 1);
  t.is(sink.counters.protocol, '3.1.1');
});
