import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {checkConfig} from '../../src/config/config.ts';
import {ConfigError} from '../../src/error/errors.ts';
import {isLoopback} from '../../src/http/loopback.ts';
import {httpOptionsSchema} from '../../src/http/options.ts';
import {readToken} from '../../src/http/token.ts';
import {rawRequest} from '../helpers/raw-http.ts';
import {json, startServing} from '../helpers/serving.ts';

const token = 'f3a9c1d2b4e5968778695a4b3c2d1e0f';
const scratch = mkdtempSync(join(tmpdir(), 'dunlin-token-'));
const tokenFile = join(scratch, 'token');
writeFileSync(tokenFile, `${token}\n`);
const guarded = await startServing({tokenFile});
const open = await startServing({});
test.after.always(async () => {
  await Promise.all([guarded.stop(), open.stop()]);
  rmSync(scratch, {recursive: true});
});

const wrong: readonly (readonly [string, Record<string, string>])[] = [
  ['no token', {}],
  ['another token', {authorization: `Bearer ${token.replace('f', 'e')}`}],
  ['the beginning of the token', {authorization: `Bearer ${token.slice(0, -1)}`}],
  ['more than the token', {authorization: `Bearer ${token}0`}],
  ['an empty token', {authorization: 'Bearer '}],
  ['another scheme', {authorization: `Basic ${token}`}],
  ['the token alone', {authorization: token}],
];
for (const [what, headers] of wrong) {
  for (const path of ['/v2', '/v2/health/live', '/v2/models/x/infer', '/none']) {
    test(`${what} is refused at ${path}`, async t => {
      const answer = await fetch(guarded.url + path, {headers, method: path.endsWith('infer') ? 'POST' : 'GET'});
      t.is(answer.status, 401);
      t.is(answer.headers.get('www-authenticate'), 'Bearer');
      t.deepEqual(await json(answer), {error: 'send the token of this server: Authorization: Bearer TOKEN'});
    });
  }
}

for (const authorization of [`Bearer ${token}`, `bearer ${token}`, `BEARER  ${token} `]) {
  test(`"${authorization}" is let in`, async t => {
    t.is((await fetch(`${guarded.url}/v2`, {headers: {authorization}})).status, 200);
  });
}

test('with a token, any name and any page will do', async t => {
  const answer = await rawRequest(
    guarded.port,
    `GET /v2 HTTP/1.1\r\nHost: node.example\r\nOrigin: http://page.example\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
  );
  t.regex(answer, /^HTTP\/1\.1 200 /);
});

const foreign: readonly (readonly [string, string])[] = [
  ['a name that points to the loopback', 'Host: evil.example'],
  ['a name that looks like the loopback', 'Host: 127.0.0.1.evil.example'],
  ['no name', 'Host:'],
  ['a page of another origin', 'Host: localhost\r\nOrigin: http://evil.example'],
  ['a page without an origin of its own', 'Host: localhost\r\nOrigin: null'],
];
for (const [what, headers] of foreign) {
  test(`without a token, ${what} is refused`, async t => {
    const answer = await rawRequest(open.port, `GET /v2 HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`);
    t.regex(answer, /^HTTP\/1\.1 403 [\s\S]*"error":"without a token only programs on this machine/);
  });
}

for (const headers of ['Host: localhost:8087', 'Host: 127.0.0.1', 'Host: [::1]:80\r\nOrigin: http://localhost:3000']) {
  test(`without a token, ${headers.replace('\r\n', ', ')} is let in`, async t => {
    const answer = await rawRequest(open.port, `GET /v2 HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`);
    t.regex(answer, /^HTTP\/1\.1 200 /);
  });
}

const hosts: readonly (readonly [string, boolean])[] = [
  ['127.0.0.1', true],
  ['127.8.9.1', true],
  ['::1', true],
  ['LocalHost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.168.1.2', false],
  ['::ffff:10.0.0.1', false],
  ['127.0.0.1.example', false],
  ['box.local', false],
];
for (const [host, expected] of hosts) {
  test(`${host} is ${expected ? '' : 'not '}the loopback`, t => t.is(isLoopback(host), expected));
}

test('the configuration refuses other machines without a token, at the line that lets them in', t => {
  const checked = checkConfig('http:\n  enabled: true\n  host: 0.0.0.0\n', 'd.yaml');
  const [problem] = 'problems' in checked ? checked.problems : [];
  t.like(problem, {line: 3});
  t.regex(JSON.stringify(problem), /an address of the loopback, because there is no token.*http\.tokenFile/);
});

for (const text of ['{enabled: false, host: 0.0.0.0}', '{enabled: true, host: 0.0.0.0, tokenFile: t}']) {
  test(`http: ${text} is a valid configuration`, t => t.true('config' in checkConfig(`http: ${text}`, 'd.yaml')));
}

const unusable: readonly (readonly [string, object, RegExp])[] = [
  [
    'there is none and other machines could reach the server',
    {host: '0.0.0.0'},
    /^http\.host: 0\.0\.0\.0 can be reached/,
  ],
  [
    'its file is missing',
    {tokenFile: '/nowhere/token'},
    /^http\.tokenFile: \/nowhere\/token cannot be read \(ENOENT\)/,
  ],
  ['its variable is not set', {tokenEnv: 'DUNLIN_NO_SUCH'}, /^http\.tokenEnv: the environment variable DUNLIN_NO_SUCH/],
  ['it is short', {tokenEnv: 'DUNLIN_TEST_SHORT'}, /at least 16 visible ASCII characters on one line, got 5/],
  ['it has spaces', {tokenEnv: 'DUNLIN_TEST_SPACES'}, /at least 16 visible ASCII/],
];
process.env.DUNLIN_TEST_SHORT = 'short';
process.env.DUNLIN_TEST_SPACES = 'sixteen or more characters';
for (const [what, options, message] of unusable) {
  test(`the server does not start when, of its token, ${what}`, async t => {
    const error = await t.throwsAsync(readToken(httpOptionsSchema.parse(options)), {instanceOf: ConfigError, message});
    t.notRegex(error.message, /sixteen or more|short$/);
  });
}

test('a port that is taken is told', async t => {
  const {port} = open;
  const error = await t.throwsAsync(startServing({port}), {instanceOf: ConfigError});
  t.is(error.message, `http: cannot listen on 127.0.0.1, port ${port}: EADDRINUSE`);
});
