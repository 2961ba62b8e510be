import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {inspect} from 'node:util';
import test, {type ExecutionContext} from 'ava';
import type {Delegate, Problem} from '../../../src/delegate/contract.ts';
import {keepLog} from '../../helpers/log.ts';
import {makeCertificates} from './certificates.ts';
import {answerStatus} from './model-server.ts';
import {connect, openOn, runWith, serve, sessionOptions} from './parts.ts';

async function problemOf(delegate: Delegate): Promise<Problem | undefined> {
  const [device] = await delegate.probe();
  return device?.problem;
}

function secretFile(t: ExecutionContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-remote-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const file = join(folder, 'token');
  writeFileSync(file, text, {mode: 0o600});
  return file;
}

test('a server with our authority’s certificate is trusted, and with any other is not', async t => {
  const made = makeCertificates(t);
  const {server, model} = await serve(t, {tls: made.pem(made.server)});
  const session = await openOn(t, connect({url: server.url, tls: {caFile: made.caFile}}), model);
  t.is(await runWith(session, 1), 2);
  for (const tls of [{}, {caFile: made.otherCaFile}]) {
    const problem = await problemOf(connect({url: server.url, tls}));
    t.regex(problem!.reason, /^the certificate of 127\.0\.0\.1 is not trusted \(UNABLE_TO_\w+\)$/);
    t.is(problem!.remedy, 'Name the file of its authority with delegates.remote.tls.caFile.');
  }
  const trial = await openOn(t, connect({url: server.url, tls: {insecure: true}}), model);
  t.is(await runWith(trial, 1), 2);
});

test('a certificate for another name is refused, unless that name is given', async t => {
  const made = makeCertificates(t);
  const {server, model} = await serve(t, {tls: made.pem(made.elsewhere)});
  const problem = await problemOf(connect({url: server.url, tls: {caFile: made.caFile}}));
  t.deepEqual(problem, {
    reason: 'the certificate of 127.0.0.1 is for another name',
    remedy: 'Give the name in it with delegates.remote.tls.serverName.',
  });
  const tls = {caFile: made.caFile, serverName: 'elsewhere.test'};
  t.is(await runWith(await openOn(t, connect({url: server.url, tls}), model), 1), 2);
});

test('an expired certificate is told as such', async t => {
  const made = makeCertificates(t);
  const {server} = await serve(t, {tls: made.pem(made.expired)});
  const problem = await problemOf(connect({url: server.url, tls: {caFile: made.caFile}}));
  t.is(problem?.reason, 'the certificate of 127.0.0.1 is not valid now (CERT_HAS_EXPIRED)');
});

test('a server that asks for a certificate gets ours, and says so when it gets none', async t => {
  const made = makeCertificates(t);
  const {readFileSync} = await import('node:fs');
  const mutual = {...made.pem(made.server), ca: readFileSync(made.caFile), requestCert: true, rejectUnauthorized: true};
  const {server, model} = await serve(t, {tls: mutual});
  const tls = {caFile: made.caFile, ...made.client};
  t.is(await runWith(await openOn(t, connect({url: server.url, tls}), model), 1), 2);
  const problem = await problemOf(connect({url: server.url, tls: {caFile: made.caFile}}));
  t.regex(problem!.reason, /broke off the TLS handshake|cut the connection/);
});

test('https against a plain server, and http against one with TLS, are told apart', async t => {
  const made = makeCertificates(t);
  const plain = await serve(t);
  const wrong = await problemOf(connect({url: plain.server.url.replace('http:', 'https:')}));
  t.deepEqual(wrong, {
    reason: `127.0.0.1:${plain.server.port} does not speak TLS`,
    remedy: 'Use http:// in delegates.remote.url, or the port for https.',
  });
  const secure = await serve(t, {tls: made.pem(made.server)});
  const other = await problemOf(connect({url: secure.server.url.replace('https:', 'http:')}));
  t.regex(other!.reason, /cut the connection|does not answer in HTTP/);
});

test('a certificate’s file that is missing is named with its key', async t => {
  const {server} = await serve(t);
  const url = server.url.replace('http:', 'https:');
  t.deepEqual(await problemOf(connect({url, tls: {caFile: '/nowhere/ca.pem'}})), {
    reason: 'delegates.remote.tls.caFile: cannot read /nowhere/ca.pem: ENOENT',
    remedy: 'Make the file readable for Dunlin, or correct delegates.remote.tls.caFile.',
  });
});

test('the token of a file or of the environment is sent, and so are other headers', async t => {
  const {server, model} = await serve(t);
  process.env.DUNLIN_TEST_REMOTE_TOKEN = 'from-the-environment';
  t.teardown(() => delete process.env.DUNLIN_TEST_REMOTE_TOKEN);
  const file = secretFile(t, 'from-a-file\n');
  const options = {
    url: server.url,
    bearerTokenFile: file,
    headers: {'X-Plain': 'yes', 'x-key': {env: 'DUNLIN_TEST_REMOTE_TOKEN'}},
  };
  await runWith(await openOn(t, connect(options), model), 1);
  for (const {headers} of server.seen) {
    t.like(headers, {authorization: 'Bearer from-a-file', 'x-plain': 'yes', 'x-key': 'from-the-environment'});
  }
  server.seen.length = 0;
  await connect({url: server.url, bearerTokenEnv: 'DUNLIN_TEST_REMOTE_TOKEN'}).probe();
  t.is(server.seen[0]?.headers.authorization, 'Bearer from-the-environment');
});

test('a token that was replaced is read again after the server refused the old one', async t => {
  const {server, model} = await serve(t);
  const file = secretFile(t, 'old-token-value');
  const delegate = connect({url: server.url, bearerTokenFile: file});
  const deny = answerStatus(401);
  server.fault = (request, response) => {
    if (request.headers.authorization === 'Bearer new-token-value') return false;
    if (request.url?.endsWith('/infer')) return deny(request, response);
    response.writeHead(401).end();
    return true;
  };
  t.deepEqual(await problemOf(delegate), {
    reason: `127.0.0.1:${server.port} refuses us (status 401)`,
    remedy: 'Give it a valid token with delegates.remote.bearerTokenFile, or a certificate with delegates.remote.tls.',
  });
  writeFileSync(file, 'new-token-value');
  t.is(await runWith(await openOn(t, delegate, model), 1), 2);
});

test('secrets are in no error, log line or device, even when the server repeats them', async t => {
  const secret = 'hunter2-is-the-token';
  const {server, model} = await serve(t);
  const log = keepLog();
  const file = secretFile(t, secret);
  const delegate = connect({url: server.url, bearerTokenFile: file, headers: {'x-key': `${secret}-too`}}, {log});
  const told: unknown[] = [];
  const session = await openOn(t, delegate, model, {log});
  server.fault = answerStatus(400, {}, `bad authorization Bearer ${secret} and ${secret}-too`);
  told.push(await t.throwsAsync(runWith(session, 1), {message: /bad authorization Bearer \*\*\* and \*\*\*/}));
  server.fault = (_request, response) => {
    response.writeHead(302, {location: `/login?token=${secret}`}).end();
    return true;
  };
  told.push(...(await delegate.probe()));
  server.fault = (request, response) =>
    answerStatus(404, {}, `${secret} knows no model`)(request, response) ||
    !response.writeHead(404).end(`{"error":"${secret}"}`).closed;
  told.push(await t.throwsAsync(delegate.open(model, (await delegate.probe())[0]!, {...sessionOptions, log})));
  told.push(log.lines, session, delegate);
  t.false(inspect(told, {depth: 20}).includes(secret));
});

test('a token with a line break is refused, not sent', async t => {
  const {server} = await serve(t);
  const problem = await problemOf(connect({url: server.url, bearerTokenFile: secretFile(t, 'a\r\nx-evil: 1')}));
  t.deepEqual(problem, {
    reason: 'delegates.remote.bearerTokenFile: expected one line of text there',
    remedy: 'Write the secret alone into it.',
  });
  t.is(server.seen.length, 0);
});
