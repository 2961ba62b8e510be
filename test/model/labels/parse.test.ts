import test from 'ava';
import {ManifestError} from '../../../src/error/errors.ts';
import {parseLabels} from '../../../src/model/labels/parse.ts';

const reads = test.macro({
  title: (title = '') => `reads ${title}`,
  exec(t, text: string, expected: readonly string[]) {
    t.deepEqual(parseLabels(text, 'labels.txt'), expected);
  },
});

test('one name per line', reads, 'cat\ndog\n', ['cat', 'dog']);
test('Windows line ends, a byte order mark and spaces', reads, '\uFEFF cat\r\ndog \r\n\r\n', ['cat', 'dog']);
test('names with commas and numbers in them', reads, 'tench, Tinca tinca\n7 dwarfs\n', [
  'tench, Tinca tinca',
  '7 dwarfs',
]);
test('digits as names', reads, '0\n1\n2\n', ['0', '1', '2']);
test('placeholders of unused classes', reads, 'person\n???\nn/a\n', ['person', '???', 'n/a']);
test('a list followed by a blank line and remarks', reads, 'a\nb\nc\n\nand 255 is ignored\n', ['a', 'b', 'c']);
test('an unnamed class in a longer list', reads, 'a\n\nc\nd\ne\n', ['a', '', 'c', 'd', 'e']);
test('a number before each name', reads, '0  person\n1  bicycle\n', ['person', 'bicycle']);
test('numbers with gaps and colons', reads, '2: car\n0: person\n', ['person', '', 'car']);
test('numbers that repeat as part of the names', reads, '1 a\n1 b\n', ['1 a', '1 b']);
test('a JSON list', reads, '["cat", "dog"]', ['cat', 'dog']);
test('a JSON object', reads, '{"1": "dog", "0": "cat"}', ['cat', 'dog']);
test('a Python literal', reads, "{0: 'cat', 1: 'Bob\\'s dog'}", ['cat', "Bob's dog"]);
test(
  'a TensorFlow label map, which counts from 1',
  reads,
  "item {\n  name: '/m/01g317'\n  id: 1\n  display_name: 'person'\n}\nitem { id: 3 name: \"car\" }",
  ['person', '', 'car'],
);
test('an empty file', reads, '', []);

test('JSON of another shape is refused', t => {
  t.throws(() => parseLabels('{"a": [1]}', 'labels.json'), {
    instanceOf: ManifestError,
    message: 'labels.json: expected a list of names or an object from class number to name',
  });
});

test('a class number in the billions is refused', t => {
  t.throws(() => parseLabels('{"4000000000": "x"}', 'labels.json'), {
    instanceOf: ManifestError,
    message: 'labels.json: 4000000001 classes, at most 100000',
  });
});

test('broken JSON is refused', t => {
  t.throws(() => parseLabels('["cat"', 'labels.json'), {
    instanceOf: ManifestError,
    message: 'labels.json: not valid JSON',
  });
});
