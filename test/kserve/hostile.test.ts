import test from 'ava';
import fc from 'fast-check';
import {InputError} from '../../src/error/errors.ts';
import {readHeaderLength} from '../../src/kserve/body.ts';
import {decodeError, encodeError} from '../../src/kserve/errors.ts';
import {decodeModelMetadata} from '../../src/kserve/metadata.ts';
import {decodeRequest, encodeRequest} from '../../src/kserve/request.ts';
import {decodeResponse} from '../../src/kserve/response.ts';
import {anyTensors, arrived} from './tensors.ts';

/** Anything but a refusal in words is a bug. */
function refusesOrReads(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    return error instanceof InputError;
  }
}

test('messages with damaged bytes are read or refused, never anything else', t => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.integer({min: 0, max: 255})), {minLength: 1, maxLength: 8});
  const property = fc.property(anyTensors, fc.boolean(), damage, fc.nat(), (tensors, binary, edits, cut) => {
    const body = encodeRequest(tensors, {binaryInputs: binary, binaryOutputs: binary});
    const bytes = arrived(body);
    for (const [at, value] of edits) bytes[at % bytes.length] = value;
    const short = bytes.subarray(0, cut % (bytes.length + 1));
    const length = body.headerLength === undefined ? undefined : Math.min(body.headerLength, short.length);
    return (
      refusesOrReads(() => decodeRequest(bytes, body.headerLength)) &&
      refusesOrReads(() => decodeRequest(short, length))
    );
  });
  t.notThrows(() => fc.assert(property, {numRuns: 1000}));
});

/** Messages of the right outline with any values in the places. */
const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom('FP32', 'BYTES', 'x', [1], [], 2 ** 53, -1, {binary_data_size: 4}),
);
const oddTensor = fc.record({name: odd, datatype: odd, shape: odd, data: odd, parameters: odd}, {requiredKeys: []});
const oddMessage = fc.record(
  {
    inputs: fc.oneof(odd, fc.array(oddTensor)),
    outputs: fc.oneof(odd, fc.array(oddTensor)),
    parameters: odd,
    id: odd,
    name: odd,
    versions: odd,
  },
  {requiredKeys: []},
);

test('messages with odd values are read or refused, never anything else', t => {
  const property = fc.property(oddMessage, fc.option(fc.nat({max: 200}), {nil: undefined}), (message, headerLength) => {
    const bytes = Buffer.from(JSON.stringify(message));
    const length = headerLength === undefined ? undefined : Math.min(headerLength, bytes.length);
    return (
      [decodeRequest, decodeResponse].every(decode => refusesOrReads(() => decode(bytes, length))) &&
      refusesOrReads(() => decodeModelMetadata(bytes))
    );
  });
  t.notThrows(() => fc.assert(property, {numRuns: 2000}));
});

test('a million brackets are refused', t => {
  for (const text of [
    '['.repeat(1_000_000),
    `{"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":${'['.repeat(1e5)}${']'.repeat(1e5)}}]}`,
  ]) {
    t.throws(() => decodeRequest(Buffer.from(text), undefined), {instanceOf: InputError});
  }
});

test('a JSON part beyond the limit is refused unread', t => {
  const limits = {jsonBytes: 10, tensorBytes: 100, tensors: 1, rank: 1, nameLength: 1};
  t.throws(() => decodeRequest(Buffer.from('{"inputs":[]}'), undefined, limits), {
    message: 'body: expected at most 10 bytes of JSON, got 13',
  });
});

test('the header length is a plain number within the body', t => {
  t.is(readHeaderLength(undefined, 5), undefined);
  t.is(readHeaderLength('5', 5), 5);
  t.is(readHeaderLength('0', 5), 0);
  for (const value of ['6', '-1', '1.5', '1e1', '', ' 1', '0x1', '99999999999999999999']) {
    t.throws(() => readHeaderLength(value, 5), {instanceOf: InputError}, value);
  }
});

test('what a server says went wrong is one short line', t => {
  t.is(decodeError(Buffer.from(encodeError('no such\n  model'))), 'no such model');
  t.is(decodeError(Buffer.from('{"detail":[{"loc":["body"],"msg":"bad"}]}')), '[{"loc":["body"],"msg":"bad"}]');
  t.is(decodeError(Buffer.from(encodeError('x'.repeat(1000))))?.length, 300);
  for (const body of ['', 'null', '[]', '{}', '<html>']) t.is(decodeError(Buffer.from(body)), undefined);
});
