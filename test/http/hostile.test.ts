import {once} from 'node:events';
import test from 'ava';
import {rawConnection, rawRequest} from '../helpers/raw-http.ts';
import {json, startServing} from '../helpers/serving.ts';
import {sharedData} from '../helpers/shared-data.ts';

const name = 'serving_default_dense_input:0';
const zero = {name, datatype: 'INT8', shape: [1, 1]};
const good = JSON.stringify({inputs: [{...zero, data: [-128]}]});

/** 64 KiB a body, four of them at a time; clients have 0.3 s. */
const serving = await startServing(
  {
    maxBodyBytes: 65_536,
    maxQueue: 200,
    models: {sine: {model: sharedData('models', 'hello_world_int8.tflite')}},
  },
  {clientLimits: {headersMs: 300, requestMs: 300}},
);
const {port} = serving;
test.before(() => serving.opened('sine'));
test.after.always(() => serving.stop());

const post = (body: string | Uint8Array, headers: Record<string, string> = {}) =>
  fetch(`${serving.url}/v2/models/sine/infer`, {method: 'POST', body, headers});

/** The head of a request, and more headers; without a body. */
const head = (...lines: readonly string[]) =>
  ['POST /v2/models/sine/infer HTTP/1.1', 'Host: localhost', ...lines, '', ''].join('\r\n');

/** The model still answers, and rightly. */
async function isWell(): Promise<boolean> {
  const {outputs} = await json<{outputs: {data: number[]}[]}>(post(good));
  return outputs[0]?.data[0] === 4;
}

test.afterEach('the model answers as ever', async t => {
  t.true(await isWell());
});

const withData = (changes: object) => JSON.stringify({inputs: [{...zero, ...changes}]});
const long = {'inference-header-content-length': String(good.length)};
const badBodies: readonly (readonly [string, string | Uint8Array, Record<string, string>, RegExp])[] = [
  ['nothing', '', {}, /no valid JSON/],
  ['no JSON', '{"inputs": [', {}, /no valid JSON/],
  ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), {}, /no valid JSON/],
  ['a list', '[]', {}, /expected an object/],
  ['lists in lists, 30,000 deep', '['.repeat(30_000) + ']'.repeat(30_000), {}, /expected an object|no valid JSON/],
  [
    'data in lists, 10,000 deep',
    `{"inputs":[{"name":"${name}","datatype":"INT8","shape":[1,1],"data":${'['.repeat(1e4)}${']'.repeat(1e4)}}]}`,
    {},
    /expected a list|expected a value/,
  ],
  ['a prototype', `{"__proto__": {"inputs": []}, "inputs": [{"__proto__": {}}]}`, {}, /inputs\[0\]/],
  ['a shape of many bytes', withData({shape: [1e9, 1e9], data: [0]}), {}, /takes more than/],
  ['a shape beyond all numbers', withData({shape: [2 ** 53, 2 ** 53], data: [0]}), {}, /whole numbers/],
  ['a shape below zero', withData({shape: [-1, -1], data: [0]}), {}, /whole numbers/],
  ['a shape of parts', withData({shape: [0.5, 2], data: [0]}), {}, /whole numbers/],
  ['a shape of 100 dimensions', withData({shape: Array(100).fill(1), data: [0]}), {}, /at most 16/],
  ['too many values', withData({data: [0, 0]}), {}, /expected a list of 1|expected 1 entries/],
  ['too few values', withData({data: []}), {}, /expected a list of 1|expected 1 entries/],
  ['a value out of range', withData({data: [128]}), {}, /a value of INT8, got 128/],
  ['text for a number', withData({data: ['0']}), {}, /a value of INT8, got "0"/],
  ['text tensors', withData({datatype: 'BYTES', data: ['x']}), {}, /BYTES/],
  ['shared memory', withData({parameters: {shared_memory_region: 'r'}}), {}, /shared memory is not supported/],
  ['binary data that are not there', withData({parameters: {binary_data_size: 1}}), long, /expected|no valid JSON/],
  ['binary data without their header', withData({parameters: {binary_data_size: 1}}), {}, /no header/],
  [
    'a JSON part longer than the body',
    good,
    {'inference-header-content-length': '99999'},
    /expected a number from 0 to/,
  ],
  ['a JSON part of a negative length', good, {'inference-header-content-length': '-1'}, /expected a number from 0 to/],
  ['a JSON part of 1e1 bytes', good, {'inference-header-content-length': '1e1'}, /expected a number from 0 to/],
  ['bytes that belong to nothing', `${good}xyz`, long, /3 bytes of binary data belong to no tensor/],
  ['a raw tensor of another size', 'xyz', {'inference-header-content-length': '0'}, /3 raw bytes do not fit/],
  ['a time of nothing', good, {'dunlin-timeout-ms': '0'}, /dunlin-timeout-ms: expected whole milliseconds/],
  ['a time that is none', good, {'dunlin-timeout-ms': 'soon'}, /dunlin-timeout-ms: expected whole milliseconds/],
];
for (const [what, body, headers, message] of badBodies) {
  test.serial(`a body that is ${what} is refused with a reason`, async t => {
    const answer = await post(body, headers);
    const {error} = await json<{error: string}>(answer);
    t.is(answer.status, 400, error);
    t.regex(error, message);
    t.true(error.length < 500);
    t.notRegex(error, /\bat .*:\d+|\.ts|\.js|\/src\//);
  });
}

test.serial('a body over the limit is refused before it is read', async t => {
  const answer = await rawRequest(port, head('Content-Length: 65537', 'Connection: close'));
  t.regex(answer, /^HTTP\/1\.1 413 [\s\S]*\{"error":"the body is larger than 65536 bytes"\}$/);
});

test.serial('a body of unknown length is refused once it is over the limit', async t => {
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
  const answer = await rawRequest(port, head('Transfer-Encoding: chunked', 'Connection: close') + chunk + chunk);
  t.regex(answer, /^HTTP\/1\.1 413 /);
});

test.serial('a body in chunks does', async t => {
  const chunks = `5\r\n${good.slice(0, 5)}\r\n${(good.length - 5).toString(16)}\r\n${good.slice(5)}\r\n0\r\n\r\n`;
  const answer = await rawRequest(port, head('Transfer-Encoding: chunked', 'Connection: close') + chunks);
  t.regex(answer, /^HTTP\/1\.1 200 [\s\S]*"data":\[4\]/);
});

test.serial('a body that is packed is refused', async t => {
  const answer = await post(good, {'content-encoding': 'gzip'});
  t.is(answer.status, 415);
  t.deepEqual(await json(answer), {error: 'Content-Encoding "gzip" is not supported; send the body as it is'});
});

test.serial('any content type does, and none', async t => {
  for (const type of ['', 'application/json', 'text/plain; charset=latin1', 'nonsense;;;']) {
    const headers = type === '' ? [] : [`Content-Type: ${type}`];
    const answer = await rawRequest(
      port,
      head(...headers, `Content-Length: ${good.length}`, 'Connection: close') + good,
    );
    t.regex(answer, /^HTTP\/1\.1 (200|415) /, type);
  }
});

test.serial('clients that stop in the middle of a body leave nothing behind', async t => {
  for (let round = 0; round < 20; round++) {
    const {socket, answer} = await rawConnection(port);
    socket.write(`${head('Content-Length: 65536')}{"inputs"`);
    socket.destroy();
    await answer;
  }
  t.true(await isWell());
});

test.serial('a client that never sends the rest of its body is hung up on', async t => {
  const answer = await rawRequest(port, `${head('Content-Length: 65536')}{"inputs"`);
  t.regex(answer, /^(HTTP\/1\.1 408 [\s\S]*"error":"the request came too slowly"\})?$/);
});

test.serial('a client that never ends its header is hung up on', async t => {
  const answer = await rawRequest(port, 'GET /v2 HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
  t.regex(answer, /^HTTP\/1\.1 408 [\s\S]*\{"error":"the request came too slowly"\}$/);
});

test.serial('no more bodies are held than the memory allows', async t => {
  const slow = await Promise.all(Array.from({length: 4}, () => rawConnection(port)));
  for (const {socket} of slow) socket.write(`${head('Content-Length: 65536', 'Expect: 100-continue')}`);
  await Promise.all(slow.map(({socket}) => once(socket, 'data'))); // "100 Continue": the header was read
  const answer = await rawRequest(port, head('Content-Length: 65536', 'Connection: close'));
  t.regex(answer, /^HTTP\/1\.1 503 [\s\S]*retry-after: 1[\s\S]*too many large requests at a time/);
  for (const {socket} of slow) socket.destroy();
  await Promise.all(slow.map(({answer}) => answer));
});

const brokenHttp: readonly (readonly [string, string, RegExp])[] = [
  ['no HTTP', 'hello\r\n\r\n', /^HTTP\/1\.1 400 [\s\S]*\{"error":"this is no valid HTTP request"\}$/],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01', /^HTTP\/1\.1 400 /],
  ['a header of 20,000 bytes', `GET /v2 HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
  ['two lengths', head('Content-Length: 5', 'Content-Length: 6'), /^HTTP\/1\.1 400 /],
  ['a length and chunks', head('Content-Length: 5', 'Transfer-Encoding: chunked'), /^HTTP\/1\.1 400 /],
  ['a negative length', head('Content-Length: -5'), /^HTTP\/1\.1 400 /],
  ['a length of 30 digits', head(`Content-Length: ${'9'.repeat(30)}`), /^HTTP\/1\.1 4(00|13) /],
];
for (const [what, text, expected] of brokenHttp) {
  test.serial(`a connection that sends ${what} is told so and closed`, async t => {
    const answer = await rawRequest(port, text.replace('Host: localhost', 'Host: localhost\r\nConnection: close'));
    t.regex(answer, expected);
  });
}

const tricks = [
  '/v2/../../../etc/passwd',
  '//v2',
  '/v2/models/../../etc/passwd',
  '/v2/models/%2e%2e%2f%2e%2e%2fetc%2fpasswd',
  '/v2/models/sine%00',
  '/v2/models/sine%2fready',
  '/v2/models//ready',
  '/v2/models/%ff/ready',
  '/v2/models/constructor/ready',
  `/v2/models/${'x'.repeat(8000)}`,
  '/V2/models/sine',
  '*',
];
for (const path of tricks) {
  test.serial(`GET ${path.slice(0, 60)} finds nothing`, async t => {
    const answer = await rawRequest(port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    t.regex(answer, /^HTTP\/1\.1 4(00|04|14) [\s\S]*\{"error":".*"\}$/);
    t.notRegex(answer, /root:/);
  });
}

for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'GET']) {
  test.serial(`${method} does not run a model`, async t => {
    const answer = await fetch(`${serving.url}/v2/models/sine/infer`, {method});
    t.is(answer.status, 404);
  });
}

test.serial('200 requests at a time are all answered, each with its own result', async t => {
  // With patience: on a busy machine, 200 connections take longer than hostile clients get here.
  const patient = await startServing({
    maxQueue: 200,
    models: {sine: {model: sharedData('models', 'hello_world_int8.tflite')}},
  });
  t.teardown(() => patient.stop());
  await patient.opened('sine');
  const sine = (value: number) => sineOf(patient.url, value);
  const values = Array.from({length: 200}, (_, index) => index - 100);
  const alone = new Map<number, number>();
  for (const value of [-100, 0, 99]) alone.set(value, await sine(value));
  const results = await Promise.all(values.map(sine));
  for (const [value, result] of alone) t.is(results[value + 100], result);
  t.true(new Set(results).size > 50);
});

/** The model's answer to one number; the id has to come back with it. */
async function sineOf(url: string, value: number): Promise<number> {
  const body = JSON.stringify({id: `${value}`, inputs: [{...zero, data: [value]}]});
  const answer = await fetch(`${url}/v2/models/sine/infer`, {method: 'POST', body});
  const {id, outputs} = await json<{id: string; outputs: {data: number[]}[]}>(answer);
  if (id !== `${value}`) throw new Error(`${value} got the answer of ${id}`);
  return outputs[0]!.data[0]!;
}
