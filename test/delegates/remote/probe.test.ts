import {once} from 'node:events';
import net from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {remote} from '../../../delegates/remote/index.ts';
import {createDelegate} from '../../helpers/delegate.ts';
import type {Fault} from './model-server.ts';
import {connect, serve} from './parts.ts';

test('a ready server is a device with its name', async t => {
  const {server} = await serve(t);
  const [device, ...others] = await connect({url: server.url}).probe();
  t.deepEqual(others, []);
  t.is(device?.id, `127.0.0.1:${server.port}`);
  t.is(device?.name, `test-server 1 at 127.0.0.1:${server.port}`);
  t.is(device?.problem, undefined);
  t.is(device?.facts?.url, server.url);
});

const answer =
  (status: number, body = '', headers: Record<string, string> = {}): Fault =>
  (_request, response) => {
    response.writeHead(status, headers).end(body);
    return true;
  };

const problem = test.macro<[fault: Fault, reason: RegExp, remedy: RegExp, options?: object]>({
  async exec(t, fault, reason, remedy, options = {}) {
    const {server} = await serve(t);
    server.fault = fault;
    const [device] = await connect({url: server.url, ...options}).probe();
    t.regex(device!.problem!.reason, reason);
    t.regex(device!.problem!.remedy, remedy);
  },
  title: (title = '') => `a server that ${title} is a device with that problem`,
});

test('says that it is not ready', problem, answer(200, '{"ready":false}'), /is not ready yet \(status 200\)/, /Wait/);
test('answers 400 as Triton does while it loads', problem, answer(400), /is not ready yet \(status 400\)/, /Wait/);
test('answers 503', problem, answer(503), /is not ready yet \(status 503\)/, /Wait/);
test('wants a token', problem, answer(401), /refuses us \(status 401\)/, /bearerTokenFile/);
test('refuses the token', problem, answer(403), /refuses us \(status 403\)/, /bearerTokenFile/);
test(
  'has another path',
  problem,
  answer(404),
  /has no \/v2\/health\/ready: it does not speak KServe v2 there/,
  /before \/v2/,
);
test(
  'redirects',
  problem,
  answer(308, '', {location: 'https://x/'}),
  /sends us https:\/\/x\/ \(status 308\)/,
  /that address/,
);
test('never answers', problem, () => true, /did not answer within 150 ms/, /timeoutMs/, {connectTimeoutMs: 150});
test('a server that waits for other models is no problem for ours', async t => {
  const {server, model} = await serve(t);
  server.fault = (request, response) => (request.url === '/v2/health/ready' ? answer(503)(request, response) : false);
  const [device] = await connect({url: server.url, model: model.name}).probe();
  t.is(device?.problem, undefined);
});
test(
  'lacks the model',
  problem,
  () => false,
  /the model other is not ready on 127\.0\.0\.1:\d+ \(status 404: no such path/,
  /Load it on the server, or correct delegates\.remote\.model/,
  {model: 'other'},
);

test('a name that nobody knows is told as such', async t => {
  const [device] = await connect({url: 'http://no-such-host.invalid:1'}).probe();
  t.is(device?.id, 'no-such-host.invalid:1');
  t.is(device?.problem?.reason, 'no address is known for the name no-such-host.invalid');
});

test('a server that takes connections and says nothing is asked no longer than the time for it', async t => {
  const silent = await silentServer(t);
  const [device] = await connect({url: `http://127.0.0.1:${silent}`, connectTimeoutMs: 100}).probe();
  t.is(device?.problem?.reason, `127.0.0.1:${silent} did not answer within 100 ms`);
  const [secure] = await connect({url: `https://127.0.0.1:${silent}`, connectTimeoutMs: 100}).probe();
  t.regex(secure!.problem!.reason, /no connection to|did not answer within 100 ms/);
});

async function silentServer(t: ExecutionContext): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer(socket => sockets.add(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as net.AddressInfo).port;
}

test('without options there is no server, and that is no error', async t => {
  const delegate = createDelegate(remote);
  t.deepEqual(await delegate.probe(), []);
  t.deepEqual(await delegate.absence(), {
    reason: 'no server is configured',
    remedy: 'Name one with delegates.remote.url in dunlin.yaml.',
  });
});

const refused = test.macro<[options: object, message: RegExp]>({
  exec(t, options, message) {
    t.throws(() => createDelegate(remote, options as Record<string, unknown>, {name: 'lan'}), {
      code: 'CONFIG_INVALID',
      message,
    });
  },
  title: (title = '') => `options are refused: ${title}`,
});

const url = 'http://host:8000';
test('no URL', refused, {timeoutMs: 5}, /^delegates\.lan\.url: expected for protocol kserve, got nothing$/);
test('no endpoint', refused, {protocol: 'sagemaker'}, /^delegates\.lan\.endpointName: expected for protocol sagemaker/);
test('another scheme', refused, {url: 'ftp://host'}, /^delegates\.lan\.url: expected http:\/\/HOST/);
test(
  'a password in the URL',
  refused,
  {url: 'http://user:pass@host'},
  /^delegates\.lan\.url: expected http.*without user, password/,
);
test(
  'a token in the configuration',
  refused,
  {url, bearerToken: 'x'},
  /^delegates\.lan\.bearerToken: is no option of this delegate$/,
);
test(
  'two tokens',
  refused,
  {url, bearerTokenFile: 'a', bearerTokenEnv: 'b'},
  /only one of bearerTokenFile and bearerTokenEnv/,
);
test(
  'half a certificate',
  refused,
  {url, tls: {certFile: 'a'}},
  /^delegates\.lan\.tls: expected certFile and keyFile together$/,
);
test(
  'a header of the transport',
  refused,
  {url, headers: {'Content-Length': '5'}},
  /^delegates\.lan\.headers: expected none of connection/,
);
test('a header with a line break', refused, {url, headers: {'x-a': 'b\r\nc: d'}}, /^delegates\.lan\.headers\.x-a: /);
test('a budget beyond 1', refused, {url, retries: {budget: 2}}, /^delegates\.lan\.retries\.budget: /);
