import test from 'ava';
import {ConfigError} from '../../../src/error/errors.ts';
import {BrokerDisconnect, describeFailure, refusesVersion} from '../../../src/sink/mqtt/refusal.ts';

const url = 'mqtt://host:1883';
const coded = (code: string | number, message = 'failed') => Object.assign(new Error(message), {code});

const described = test.macro({
  exec(t, error: unknown, message: string) {
    const failure = describeFailure(url, error);
    t.is(failure.message, message);
    t.is(failure.code, 'SINK_FAILED');
    t.regex(failure.hint, /\.$/);
  },
  title: (_, _error, message: string) => `said in words: ${message}`,
});
test(described, coded(5), 'mqtt: mqtt://host:1883 refuses us: not authorized');
test(described, coded(134), 'mqtt: mqtt://host:1883 refuses us: bad user name or password');
test(described, coded(200, 'strange'), 'mqtt: mqtt://host:1883 refuses us: strange (code 200)');
test(described, new BrokerDisconnect(139), 'mqtt: mqtt://host:1883 ended the connection: it is shutting down');
test(described, new BrokerDisconnect(0), 'mqtt: mqtt://host:1883 ended the connection: no reason given (code 0)');
test(described, coded('ENOTFOUND'), 'mqtt: no connection to mqtt://host:1883: the host name is unknown');
test(
  described,
  new Error('connack timeout'),
  'mqtt: no connection to mqtt://host:1883: it takes connections but does not answer',
);
test(described, new Error('strange'), 'mqtt: no connection to mqtt://host:1883: strange');
test(described, undefined, 'mqtt: no connection to mqtt://host:1883: undefined');
test(described, new ConfigError('a: b', 'Do c.'), 'a: b');

test('a lost connection is told from one that never was', t => {
  t.is(
    describeFailure(url, coded('CLOSED'), true).message,
    `mqtt: lost the connection to ${url}: it closed the connection`,
  );
});

test('only refused versions call for another one', t => {
  t.true(refusesVersion(coded(1)));
  t.true(refusesVersion(coded(132)));
  t.false(refusesVersion(coded(5)));
  t.false(refusesVersion(coded('ECONNREFUSED')));
  t.false(refusesVersion(undefined));
});
