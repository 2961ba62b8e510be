import {pipeline, Readable} from 'node:stream';
import test, {type ExecutionContext} from 'ava';
import type {Session} from '../../../src/delegate/contract.ts';
import {encodeResponse} from '../../../src/kserve/response.ts';
import {answerStatus, type Fault, type ModelServer, sendBody, whenInferring} from './model-server.ts';
import {connect, openOn, plusOne, runWith, serve, sessionOptions} from './parts.ts';

interface Served {
  readonly server: ModelServer;
  readonly session: Session;
}

/** A session that has run once, so that only what follows is under test. */
async function served(t: ExecutionContext, options: Readonly<Record<string, unknown>> = {}): Promise<Served> {
  const {server, model} = await serve(t);
  const session = await openOn(t, connect({url: server.url, timeoutMs: 2000, ...options}), model);
  await runWith(session, 0);
  return {server, session};
}

/** Faults that end the session: code DEVICE_LOST, the words, and that further runs fail at once without a call. */
const loses = test.macro<[fault: Fault, message: RegExp, options?: Readonly<Record<string, unknown>>]>({
  async exec(t, fault, message, options = {}) {
    const {server, session} = await served(t, options);
    server.fault = fault;
    const error = await t.throwsAsync(runWith(session, 1), {code: 'DEVICE_LOST', message});
    const calls = server.seen.length;
    t.is(await t.throwsAsync(runWith(session, 2)), error);
    t.is(server.seen.length, calls);
  },
  title: (title = '') => `the session is lost when the server ${title}`,
});

/** Faults of this run only. */
const failsOnce = test.macro<[fault: Fault, message: RegExp]>({
  async exec(t, fault, message) {
    const {server, session} = await served(t);
    server.fault = fault;
    await t.throwsAsync(runWith(session, 1), {code: 'RUN_FAILED', message});
    server.fault = undefined;
    t.is(await runWith(session, 2), 3);
  },
  title: (title = '') => `a run fails, and the next one works, when the server ${title}`,
});

const hang = whenInferring(() => undefined);
const respond = (body: string, headers: Record<string, string> = {}) =>
  whenInferring((_request, response) => response.writeHead(200, headers).end(body));
const cut = whenInferring(request => request.socket.resetAndDestroy());

test.serial('hangs', loses, hang, /127\.0\.0\.1:\d+ did not answer within 500 ms/, {timeoutMs: 500});
test.serial(
  'sends its answer drop by drop',
  loses,
  whenInferring((_request, response) => {
    response.writeHead(200, {'content-length': '1000'});
    const drip = setInterval(() => response.write(' '), 5);
    response.on('close', () => clearInterval(drip));
  }),
  /did not answer within 500 ms/,
  {timeoutMs: 500},
);
test('cuts every connection', loses, cut, /cut the connection \(ECONNRESET\)/);
test('answers no JSON', loses, respond('<html>'), /answered garbage: body: is no valid JSON/);
test('answers other JSON', loses, respond('{"outputs":[]}'), /answered garbage: output \S+ is missing/);
test(
  'lies about the length of the JSON',
  loses,
  respond('{}', {'inference-header-content-length': '3'}),
  /answered garbage: inference-header-content-length: expected a number from 0 to 2/,
);
test('answers without end', loses, endless(), /answered with more than \d+ bytes/);
test(
  'announces too much',
  loses,
  whenInferring((_request, response) => response.writeHead(200, {'content-length': '1000000000'}).flushHeaders()),
  /answered with more than \d+ bytes/,
);
test('answers 404', loses, answerStatus(404), /answered with status 404: told to fail/);
test('answers 401', loses, answerStatus(401), /answered with status 401: told to fail/);
test('answers 503', loses, answerStatus(503), /answered with status 503: told to fail/);
test('answers 429 without a date', loses, answerStatus(429), /answered with status 429: told to fail/);
test('redirects', loses, answerStatus(302, {location: '/elsewhere'}), /answered with status 302/);
test('answers 400', failsOnce, answerStatus(400), /answered with status 400: told to fail/);
test('answers 413', failsOnce, answerStatus(413), /answered with status 413/);
test(
  'refuses with a long answer',
  failsOnce,
  answerStatus(400, {}, 'x'.repeat(10_000_000)),
  /answered with status 400$/,
);
test('answers 500', failsOnce, answerStatus(500, {}, 'a\nb'), /answered with status 500: a b/);

function endless(): Fault {
  return whenInferring((_request, response) => {
    const source = new Readable({read: () => void source.push(Buffer.alloc(65_536, 32))});
    pipeline(source, response, () => undefined);
  });
}

test('a server that speaks something else is no server', async t => {
  const {server, session} = await served(t);
  server.fault = whenInferring(request => request.socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
  await t.throwsAsync(runWith(session, 1), {code: 'DEVICE_LOST', message: /does not answer in HTTP/});
});

test('an answer that is cut at any byte loses the session, and never gives a result', async t => {
  const {server, model} = await serve(t);
  const delegate = connect({url: server.url, retries: {budget: 0}, circuit: {failures: 1000}});
  const [output] = plusOne(model)([{...model.header.inputs[0]!, data: new Uint8Array(4)}]);
  const whole = await rawAnswer(output!, model.name);
  for (let at = 0; at < whole.length; at += 7) {
    const session = await openOn(t, delegate, model);
    server.fault = whenInferring(request => request.socket.end(whole.subarray(0, at)));
    const error = await t.throwsAsync(runWith(session, 1), {code: 'DEVICE_LOST'}, `cut at ${at}`);
    t.regex(error!.message, /cut the connection|does not answer in HTTP/);
    server.fault = undefined;
  }
});

/** The bytes of a good answer, head and body. */
async function rawAnswer(output: Parameters<typeof encodeResponse>[1][number], modelName: string): Promise<Buffer> {
  const {parts, byteLength, headerLength} = encodeResponse({modelName}, [output], () => true);
  const head = `HTTP/1.1 200 OK\r\nContent-Length: ${byteLength}\r\nInference-Header-Content-Length: ${headerLength}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), ...parts]);
}

test('a good answer is good to its last byte', async t => {
  const {server, session} = await served(t);
  server.fault = whenInferring((_request, response) => {
    const data = new Uint8Array(Float32Array.of(41).buffer);
    const [spec] = session.outputs;
    sendBody(
      response,
      encodeResponse({modelName: 'x'}, [{...spec!, shape: [1, 1], data}], () => true),
    );
  });
  t.is(await runWith(session, 1), 41);
});

test('an output of another shape is garbage', async t => {
  const {server, session} = await served(t);
  server.fault = whenInferring((_request, response) => {
    const [spec] = session.outputs;
    const output = {...spec!, shape: [1, 2], data: new Uint8Array(8)};
    sendBody(
      response,
      encodeResponse({modelName: 'x'}, [output], () => true),
    );
  });
  await t.throwsAsync(runWith(session, 1), {
    code: 'DEVICE_LOST',
    message: /answered garbage: output is FP32 \[1, 2\], expected \S+: FP32 \[1, 1\]/,
  });
});

test('a connection that the server closed while it was idle is nobody’s failure', async t => {
  const {server, session} = await served(t, {retries: {budget: 0}});
  for (let round = 0; round < 5; round++) {
    server.dropConnections();
    t.is(await runWith(session, round), round + 1);
  }
});

test('a server that is gone loses the session, and is found again when it is back', async t => {
  const {server, model} = await serve(t);
  const delegate = connect({url: server.url});
  const session = await openOn(t, delegate, model);
  await server.stop();
  await t.throwsAsync(runWith(session, 1), {code: 'DEVICE_LOST', message: /nothing listens at 127\.0\.0\.1:\d+/});
  const [gone] = await delegate.probe();
  t.regex(gone!.problem!.reason, /nothing listens at/);
  t.is(gone!.problem!.remedy, 'Start the server, or correct delegates.remote.url.');
  await t.throwsAsync(delegate.open(model, gone!, sessionOptions), {
    code: 'DELEGATE_UNAVAILABLE',
  });
  await server.start();
  const again = await openOn(t, delegate, model);
  t.is(await runWith(again, 1), 2);
});
