import test from 'ava';
import {ManifestError} from '../../src/error/errors.ts';
import {parseManifest} from '../../src/model/manifest-file.ts';

const good = {
  name: 'cats',
  task: 'classify',
  family: 'scores',
  variants: {cpu: {file: 'cats.tflite'}},
  inputs: [{index: 0, role: 'image'}],
  outputs: [{index: 0, role: 'scores'}],
};

test('what may be left out gets its default', t => {
  const {version, decode} = parseManifest(JSON.stringify(good), 'model.json');

  t.is(version, '1');
  t.deepEqual(decode, {});
});

const refuses = test.macro({
  title: (title = '') => `refused: ${title}`,
  exec(t, text: string, message: RegExp) {
    const error = t.throws(() => parseManifest(text, 'model.json'), {instanceOf: ManifestError, message});
    t.regex(error?.hint ?? '', /\.$/);
  },
});

test('broken JSON, with its place', refuses, '{\n  "name": oops\n}', /^model\.json:2:11: not valid JSON$/);
test(
  'a key that is not known',
  refuses,
  JSON.stringify({...good, colour: 'red'}),
  /^model\.json: manifest: Unrecognized key: "colour"/,
);
test(
  'a role that is not known, with what came',
  refuses,
  JSON.stringify({...good, outputs: [{index: 0, role: 'score'}]}),
  /outputs\[0\]\.role: Invalid option.*"scores".*, got "score"/,
);
test(
  'a negative index, with what came',
  refuses,
  JSON.stringify({...good, inputs: [{index: -1, role: 'image'}]}),
  /inputs\[0\]\.index: .*, got -1/,
);
test('a missing key', refuses, JSON.stringify({...good, name: undefined}), /name: .*expected string/);
test('a list', refuses, '[]', /manifest: .*expected object/);

test('JSON that ends too early', refuses, '{"name": "a",', /^model\.json:1:14: not valid JSON$/);
test('a comma too many', refuses, '{"inputs": [1, 2,]}', /^model\.json:1:18: not valid JSON$/);
test('a bracket of the wrong kind', refuses, '{"inputs": [1}', /^model\.json:1:14: not valid JSON$/);
