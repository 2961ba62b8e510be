import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test from 'ava';
import {ConfigError, SinkError} from '../../../src/error/errors.ts';
import {connectionOptions, parseBrokerUrl, redactUrl} from '../../../src/sink/mqtt/address.ts';
import {mqttOptionsSchema} from '../../../src/sink/mqtt/options.ts';

const parsed = test.macro({
  exec(t, url: string, expected: object) {
    t.like(parseBrokerUrl(url), expected);
  },
  title: (_, url) => `${url} is understood`,
});
test(parsed, 'mqtt://host', {protocol: 'mqtt', host: 'host', port: 1883});
test(parsed, 'mqtts://host', {protocol: 'mqtts', host: 'host', port: 8883});
test(parsed, 'tcp://host:99', {protocol: 'mqtt', host: 'host', port: 99});
test(parsed, 'ssl://host', {protocol: 'mqtts', port: 8883});
test(parsed, 'mqtt://[::1]:1884', {host: '::1', port: 1884});
test(parsed, 'ws://host/mqtt?a=1', {protocol: 'ws', port: 80, path: '/mqtt?a=1'});
test(parsed, 'mqtt://us%40er:p%3Aw@host', {username: 'us@er', password: 'p:w', host: 'host'});

test('what is no broker URL is refused without showing its password', t => {
  for (const url of ['http://user:secret@host', 'host:1883', 'mqtt://', 'user:secret@host']) {
    const error = t.throws(() => parseBrokerUrl(url), {instanceOf: ConfigError});
    t.false(error?.message.includes('secret'), error?.message);
  }
});

const redacted = test.macro({
  exec(t, url: string, expected: string) {
    t.is(redactUrl(url), expected);
  },
  title: (_, url) => `${url} is shown without secrets`,
});
test(redacted, 'mqtt://host:1883', 'mqtt://host:1883');
test(redacted, 'mqtt://user:pass@host:1883', 'mqtt://***@host:1883');
test(redacted, 'mqtt://user:p@ss@host:1883/x', 'mqtt://***@host:1883/x');
test(redacted, 'user:pass@host', '***@host');

test('user and password come from files, without the line break at their end', async t => {
  const folder = await mkdtemp(path.join(tmpdir(), 'dunlin-'));
  t.teardown(() => rm(folder, {recursive: true}));
  const [usernameFile, passwordFile] = [path.join(folder, 'user'), path.join(folder, 'password')];
  await writeFile(usernameFile, 'porch\n');
  await writeFile(passwordFile, ' secret \r\n');
  const options = mqttOptionsSchema.parse({usernameFile, passwordFile});
  t.like(await connectionOptions({...options, url: 'mqtt://host'}), {username: 'porch', password: ' secret '});
});

test('user and password come from named environment variables', async t => {
  process.env.DUNLIN_TEST_USER = 'porch';
  process.env.DUNLIN_TEST_PASSWORD = 'secret';
  const options = mqttOptionsSchema.parse({usernameEnv: 'DUNLIN_TEST_USER', passwordEnv: 'DUNLIN_TEST_PASSWORD'});
  t.like(await connectionOptions({...options, url: 'mqtt://host'}), {username: 'porch', password: 'secret'});
});

test('a secret that is not there is named, with what to do', async t => {
  const noFile = {...mqttOptionsSchema.parse({passwordFile: '/nowhere/password'}), url: 'mqtt://host'};
  const noVariable = {...mqttOptionsSchema.parse({passwordEnv: 'DUNLIN_TEST_UNSET'}), url: 'mqtt://host'};
  const fileError = await t.throwsAsync(connectionOptions(noFile), {instanceOf: SinkError});
  const variableError = await t.throwsAsync(connectionOptions(noVariable), {instanceOf: SinkError});
  t.is(fileError?.message, 'mqtt: cannot read passwordFile /nowhere/password: ENOENT');
  t.is(variableError?.message, 'mqtt: passwordEnv names the environment variable DUNLIN_TEST_UNSET, which is not set');
});

test('certificates are checked unless told otherwise, and only for TLS', async t => {
  const options = mqttOptionsSchema.parse({});
  t.like(await connectionOptions({...options, url: 'mqtts://host'}), {rejectUnauthorized: true});
  t.is((await connectionOptions({...options, url: 'mqtt://host'})).rejectUnauthorized, undefined);
});

test('prefixes that are no topic are refused', t => {
  for (const prefix of ['', '/a', 'a/', 'a/+', '#', '$SYS', 'a\u0000']) {
    t.false(mqttOptionsSchema.safeParse({prefix}).success, JSON.stringify(prefix));
  }
  t.true(mqttOptionsSchema.safeParse({prefix: 'home/cellar'}).success);
});

test('a password has no place in the configuration', t => {
  t.false(mqttOptionsSchema.safeParse({password: 'secret'}).success);
});
