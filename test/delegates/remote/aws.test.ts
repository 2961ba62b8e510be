import {createHash, createHmac} from 'node:crypto';
import {once} from 'node:events';
import http, {type IncomingMessage} from 'node:http';
import type {AddressInfo} from 'node:net';
import {buffer} from 'node:stream/consumers';
import test, {type ExecutionContext} from 'ava';
import type {EncodedBody} from '../../../src/kserve/body.ts';
import {decodeRequest} from '../../../src/kserve/request.ts';
import {encodeResponse} from '../../../src/kserve/response.ts';
import {freePort} from '../../helpers/mosquitto.ts';
import {pythonEnv} from '../../helpers/python.ts';
import {connect, helloWorld, openOn, plusOne, runWith, serve} from './parts.ts';
import {startPythonServer} from './python-server.ts';

const keyId = 'AKIDEXAMPLE';
const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const tritonType = 'application/vnd.sagemaker-triton.binary+json;json-header-size=';

test.before(() => {
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: keyId,
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_EC2_METADATA_DISABLED: 'true',
  });
});

async function startMoto(t: ExecutionContext): Promise<string> {
  const {python} = await pythonEnv('moto');
  const port = await freePort();
  const args = ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)];
  await startPythonServer(t, {program: python, args, ready: [/Running on http/]});
  return `http://127.0.0.1:${port}`;
}

test('a SageMaker endpoint of moto answers with the outputs that it was given, and garbage is told', async t => {
  const url = await startMoto(t);
  const model = await helloWorld();
  const [output] = plusOne(model)([{...model.header.inputs[0]!, data: new Uint8Array(4)}]);
  const {parts} = encodeResponse({modelName: model.name}, [output!], () => false);
  const results = [
    {Body: Buffer.from(parts[0]!).toString(), ContentType: 'application/json'},
    {Body: 'none', ContentType: 'text/plain'},
  ];
  await fetch(`${url}/moto-api/static/sagemaker/endpoint-results`, {
    method: 'POST',
    body: JSON.stringify({region: 'eu-west-1', results}),
  });
  const delegate = connect({protocol: 'sagemaker', endpointName: 'faces', region: 'eu-west-1', url});
  const session = await openOn(t, delegate, model);
  // moto takes only bodies that are UTF-8: the bytes of 0 and 2 are.
  t.is(await runWith(session, 0), 1);
  t.is(session.engine, 'sagemaker');
  await t.throwsAsync(runWith(session, 2), {
    code: 'DEVICE_LOST',
    message: 'remote faces: answered garbage: body: is no valid JSON',
  });
});

/** What an AWS service would do with each request; the server is stopped after the test. */
async function awsDouble(
  t: ExecutionContext,
  answer: (
    request: IncomingMessage,
    body: Buffer,
  ) => {readonly status: number; readonly headers?: Record<string, string>; readonly body: Uint8Array | string},
) {
  const server = http.createServer(async (request, response) => {
    const {status, headers, body} = answer(request, await buffer(request));
    response.writeHead(status, headers).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const joined = ({parts}: EncodedBody) => Buffer.concat(parts);

test('Triton on SageMaker gets and gives binary tensors', async t => {
  const model = await helloWorld();
  const seen: IncomingMessage[] = [];
  const url = await awsDouble(t, (request, body) => {
    seen.push(request);
    const length = Number(request.headers['content-type']?.slice(tritonType.length));
    const encoded = encodeResponse({modelName: 'm'}, plusOne(model)(decodeRequest(body, length).inputs), () => true);
    return {status: 200, headers: {'content-type': `${tritonType}${encoded.headerLength}`}, body: joined(encoded)};
  });
  const options = {protocol: 'sagemaker', endpointName: 'faces', targetModel: 'm.tar.gz', region: 'eu-west-1', url};
  const session = await openOn(t, connect(options), model);
  for (let value = 0; value < 3; value++) t.is(await runWith(session, value), value + 1);
  t.is(seen[0]?.url, '/endpoints/faces/invocations');
  t.is(seen[0]?.headers['x-amzn-sagemaker-target-model'], 'm.tar.gz');
  t.regex(seen[0]!.headers.authorization!, /Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/sagemaker\/aws4_request/);
});

const sagemakerFails = test.macro<
  [status: number, headers: Record<string, string>, body: object, code: string, message: RegExp]
>({
  async exec(t, status, headers, body, code, message) {
    const url = await awsDouble(t, () => ({status, headers, body: JSON.stringify(body)}));
    const options = {protocol: 'sagemaker', endpointName: 'faces', region: 'eu-west-1', url, binary: 'always'};
    const session = await openOn(t, connect(options), await helloWorld());
    await t.throwsAsync(runWith(session, 1), {code, message});
  },
  title: (title = '') => `sagemaker: ${title}`,
});

test(
  'the model’s own refusal fails the run',
  sagemakerFails,
  424,
  {'x-amzn-errortype': 'ModelError'},
  {OriginalStatusCode: 400, OriginalMessage: 'wrong shape', Message: 'Received client error (400)'},
  'RUN_FAILED',
  /^remote faces: answered with status 400: wrong shape$/,
);
test(
  'an endpoint that is not there loses the session',
  sagemakerFails,
  400,
  {'x-amzn-errortype': 'ValidationError'},
  {Message: 'Endpoint faces of account 123456789012 not found.'},
  'DEVICE_LOST',
  /status 404: Endpoint faces of account 123456789012 not found\./,
);
test(
  'too many requests lose the session',
  sagemakerFails,
  400,
  {'x-amzn-errortype': 'ThrottlingException'},
  {message: 'Rate exceeded'},
  'DEVICE_LOST',
  /status 429: Rate exceeded/,
);

test('sagemaker: an address where nothing listens loses the session', async t => {
  const options = {
    protocol: 'sagemaker',
    endpointName: 'faces',
    region: 'eu-west-1',
    url: `http://127.0.0.1:${await freePort()}`,
  };
  const session = await openOn(t, connect(options), await helloWorld());
  await t.throwsAsync(runWith(session, 1), {code: 'DEVICE_LOST', message: /nothing listens at 127\.0\.0\.1:\d+/});
});

test('sagemaker: an endpoint that hangs loses the session in time', async t => {
  const silent = http.createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.teardown(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const options = {protocol: 'sagemaker', endpointName: 'faces', region: 'eu-west-1', url, timeoutMs: 300};
  const session = await openOn(t, connect(options), await helloWorld());
  await t.throwsAsync(runWith(session, 1), {code: 'DEVICE_LOST', message: /did not answer within 300 ms/});
});

/** Signature Version 4, computed apart from the library under test. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html */
function signatureOf(request: IncomingMessage, body: Buffer, region: string): string {
  const {authorization = '', 'x-amz-date': date} = request.headers;
  const signed = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(';') ?? [];
  const hash = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
  const mac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();
  const path = request
    .url!.split('/')
    .map(part => encodeURIComponent(part))
    .join('/');
  const headers = signed.map(name => `${name}:${String(request.headers[name]).trim()}\n`).join('');
  const canonical = [request.method, path, '', headers, signed.join(';'), hash(body)].join('\n');
  const scope = `${String(date).slice(0, 8)}/${region}/lambda/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', date, scope, hash(canonical)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>((previous, part) => mac(previous, part), `AWS4${secret}`);
  return mac(key, text).toString('hex');
}

test('a Lambda function URL gets requests with a right signature over path, headers and body', async t => {
  const model = {...(await helloWorld()), name: 'hello world'};
  const url = await awsDouble(t, (request, body) => {
    const given = /Signature=([0-9a-f]+)/.exec(request.headers.authorization ?? '')?.[1];
    if (given !== signatureOf(request, body, 'eu-west-1')) return {status: 403, body: '{"Message":"Forbidden"}'};
    const length = Number(request.headers['inference-header-content-length']);
    const encoded = encodeResponse({modelName: 'm'}, plusOne(model)(decodeRequest(body, length).inputs), () => true);
    const headers = {'inference-header-content-length': String(encoded.headerLength)};
    return {status: 200, headers, body: joined(encoded)};
  });
  const session = await openOn(t, connect({protocol: 'lambda', url, region: 'eu-west-1'}), model);
  for (let value = 0; value < 3; value++) t.is(await runWith(session, value), value + 1);
  const elsewhere = await openOn(t, connect({protocol: 'lambda', url, region: 'us-east-2'}), model);
  await t.throwsAsync(runWith(elsewhere, 1), {code: 'DEVICE_LOST', message: /status 403: Forbidden/});
});

test('an open function URL gets plain requests', async t => {
  const {server, model} = await serve(t);
  const session = await openOn(t, connect({protocol: 'lambda', auth: 'none', url: server.url}), model);
  t.is(await runWith(session, 1), 2);
  t.is(server.infers[0]?.headers.authorization, undefined);
  t.is(server.seen.length, 1, 'no question about readiness starts the function');
});
