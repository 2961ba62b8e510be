import test from 'ava';
import fc from 'fast-check';
import {checkConfig} from '../../src/config/config.ts';
import {formatProblem} from '../../src/config/problem.ts';
import {starterConfig} from '../../src/config/starter.ts';

const refused = test.macro((t, yaml: string, expected: RegExp) => {
  const checked = checkConfig(yaml, 'd.yaml');
  if (!('problems' in checked)) return t.fail('the file was accepted');
  t.true(
    checked.problems.some(problem => expected.test(problem.expected)),
    formatProblem(checked.problems[0] as never),
  );
});

const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]']
  .concat('bcdefghi'.split('').map((name, index) => `${name}: &${name} [${`*${'abcdefghi'[index]},`.repeat(9)}]`))
  .join('\n');

test('aliases that expand to millions of values are refused', refused, bomb, /at most 20000 values/);
test('an alias of its own mapping is refused', refused, 'a: &a {b: *a}', /at most 32 levels/);
test('a merge of its own mapping is refused', refused, 'a: &a {<<: *a}', /at most 32 levels/);
test('a file over 256 KiB is refused', refused, `# ${'x'.repeat(262_144)}`, /at most 256 KiB/);

for (const opening of ['[', '{a: ', '- ', '? ', 'a: ', '[[{a: [', '!!a ', '&a ']) {
  const text = opening.repeat(Math.floor(200_000 / opening.length));
  test(`${text.length} bytes of "${opening}" are refused without harm`, t => {
    t.true('problems' in checkConfig(text, 'd.yaml'));
  });
}

test('32,000 keys are refused without comparing each with each', t => {
  const text = Array.from({length: 32_000}, (_, index) => `k${index}:`).join('\n');
  const checked = checkConfig(text, 'd.yaml');
  t.is('problems' in checked && checked.problems.length, 1);
});

test('no more than fifty problems are reported for one file', t => {
  const text = Array.from({length: 1000}, (_, index) => `k${index}: 1`).join('\n');
  const checked = checkConfig(text, 'd.yaml');
  t.is('problems' in checked && checked.problems.length, 50);
});

const secret = 'hunter2';
const leaky: Record<string, string> = {
  'an inline password': `mqtt: {password: ${secret}}`,
  'a password in the address': `mqtt: {url: "mqtt://me:${secret}@broker"}`,
  'a password in an address of the wrong protocol': `mqtt: {url: "ftp://me:${secret}@broker"}`,
  'a user and password without protocol': `mqtt: me:${secret}@broker`,
  'a mapping in place of a password file': `mqtt: {passwordFile: {${secret}: 1}}`,
  'a password file given as a list': `mqtt: {passwordFile: [${secret}]}`,
  'a password in a camera address': `pipelines: {a: {source: {uri: "rtsp://u:${secret}@cam/1", urii: 1}, model: [1]}}`,
  'a token in a camera address': `pipelines: {a: {source: a, model: b, results: "http://cam/x?token=${secret}"}}`,
  'a broken quote after a password': `mqtt:\n  passwordFile: "${secret}\n  url: mqtt://b\n`,
  'a second colon after a password': `mqtt:\n  password: ${secret}: x\n`,
  'a file that is only a password': secret,
  'a tag with a password': `mqtt: {passwordFile: !${secret} x}`,
  'a header with a password': `pipelines: {a: {source: {uri: a, inputArgs: "-headers Authorization:${secret}"}, model: b}}`,
  'an unquoted @ before a password': `mqtt:\n  passwordEnv: @${secret}\n`,
};

for (const [title, yaml] of Object.entries(leaky)) {
  test(`${title} is not shown`, t => {
    const checked = checkConfig(yaml, 'd.yaml');
    if (!('problems' in checked)) return t.fail('the file was accepted');
    t.notRegex(checked.problems.map(formatProblem).join('\n'), /hunter2/);
  });
}

test('a file changed at random ends in a configuration or in problems within its lines', t => {
  const valid = starterConfig({profile: 'raspberry-pi-4', camera: 'rpicam:'});
  const noise = fc.constantFrom(
    '[',
    ']',
    '{',
    '}',
    ':',
    ' ',
    '\n',
    '"',
    "'",
    '&a',
    '*a',
    '- ',
    '!',
    '#',
    '\t',
    '\0',
    '|',
    '>',
  );
  const edit = fc.record({
    at: fc.nat(valid.length),
    length: fc.nat(8),
    put: fc.oneof(noise, fc.string({maxLength: 4})),
  });
  fc.assert(
    fc.property(fc.array(edit, {minLength: 1, maxLength: 6}), edits => {
      const text = edits.reduce((all, {at, length, put}) => all.slice(0, at) + put + all.slice(at + length), valid);
      const checked = checkConfig(text, 'd.yaml');
      if ('config' in checked) return true;
      const lines = text.split('\n').length;
      return (
        checked.problems.length > 0 &&
        checked.problems.every(({line, column}) => line >= 1 && line <= lines && column >= 1)
      );
    }),
    {numRuns: 500},
  );
  t.pass();
});
