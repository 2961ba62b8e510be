import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {lintProfiles} from '../../scripts/lint-profiles.ts';
import {profileJsonSchema} from '../../src/profile/load.ts';

const folder = 'device-profiles';
const shipped = readdirSync(folder)
  .filter(name => name.endsWith('.json'))
  .map(name => ({name, text: readFileSync(join(folder, name), 'utf8')}));

const pi4 = () => JSON.parse(shipped.find(({name}) => name === 'raspberry-pi-4.json')?.text ?? '{}');
const lint = (profile: object, name = 'raspberry-pi-4.json') =>
  lintProfiles([{name, text: JSON.stringify(profile, null, 2)}]);

test('the shipped profiles are without fault', t => {
  t.is(shipped.length, 9);
  t.deepEqual(lintProfiles(shipped), []);
});

test('a number without a source is named', t => {
  const profile = pi4();
  delete profile.sources.thermal;
  t.deepEqual(lint(profile), [
    'raspberry-pi-4.json: thermal.throttleC: a number without a source. Name it in "sources".',
    'raspberry-pi-4.json: thermal.limitC: a number without a source. Name it in "sources".',
  ]);
});

test('a source of one number does not cover its neighbour', t => {
  const profile = pi4();
  profile.sources['thermal.throttleC'] = profile.sources.thermal;
  delete profile.sources.thermal;
  t.deepEqual(lint(profile), ['raspberry-pi-4.json: thermal.limitC: a number without a source. Name it in "sources".']);
});

test('a source of something that the profile does not say is named', t => {
  const profile = pi4();
  profile.sources['thermal.shutdownC'] = {title: 'nowhere'};
  t.deepEqual(lint(profile), [
    'raspberry-pi-4.json: sources.thermal.shutdownC: the profile has no such key. Remove it, or correct the path.',
  ]);
});

test('the file is named after the id', t => {
  t.deepEqual(lint(pi4(), 'pi4.json'), ['pi4.json: expected the file name raspberry-pi-4.json, after its id']);
});

test('two profiles may not share a fingerprint', t => {
  const other = {...pi4(), id: 'raspberry-pi-4-copy'};
  const problems = lintProfiles([
    {name: 'raspberry-pi-4.json', text: JSON.stringify(pi4())},
    {name: 'raspberry-pi-4-copy.json', text: JSON.stringify(other)},
  ]);
  t.is(problems.length, pi4().fingerprints.length);
  t.regex(problems[0] ?? '', /^raspberry-pi-4-copy\.json: has the same fingerprint as raspberry-pi-4\.json: /);
});

test('a mistake against the schema is told with its line', t => {
  const text = JSON.stringify({...pi4(), threads: 0}, null, 2);
  const line = text.split('\n').findIndex(row => row.startsWith('  "threads"')) + 1;
  t.deepEqual(lintProfiles([{name: 'raspberry-pi-4.json', text}]), [
    `raspberry-pi-4.json:${line}:14: threads: expected a whole number from 1 to 64, got 0. threads: threads of one run on the CPU; one core is left to the rest of the daemon`,
  ]);
});

test('a bad regular expression and an unknown kind of sign are told', t => {
  const profile = pi4();
  profile.fingerprints = [
    {is: 'cpuinfo', field: 'Model', pattern: '(', score: 1},
    {is: 'smell', value: 'x', score: 1},
  ];
  const problems = lint(profile).join('\n');
  t.regex(problems, /fingerprints\[0\]\.pattern: expected a regular expression, got "\("/);
  t.regex(problems, /fingerprints\[1\]\.is: /);
});

test('the published JSON Schema is the current one', t => {
  t.deepEqual(
    JSON.parse(readFileSync('docs/device-profile.schema.json', 'utf8')),
    JSON.parse(JSON.stringify(profileJsonSchema())),
  );
});

test('the example of docs/adding-a-board.md is a valid profile', t => {
  const [, text = ''] = /```json\n([\s\S]*?)```/.exec(readFileSync('docs/adding-a-board.md', 'utf8')) ?? [];
  t.deepEqual(lintProfiles([...shipped, {name: 'radxa-zero-3.json', text}]), []);
});
