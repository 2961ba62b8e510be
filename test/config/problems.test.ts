import test from 'ava';
import {checkConfig} from '../../src/config/config.ts';

interface Row {
  readonly yaml: string;
  readonly line: number;
  readonly column: number;
  readonly key: string;
  readonly expected: RegExp;
  readonly got: string;
  readonly hint?: RegExp;
}

/** One broken file, one problem, at its exact place. */
const oneProblem = test.macro((t, row: Row) => {
  const checked = checkConfig(row.yaml, 'd.yaml');
  if (!('problems' in checked)) return t.fail('the file was accepted');
  t.is(checked.problems.length, 1, JSON.stringify(checked.problems));
  const [problem] = checked.problems;
  t.like(problem, {file: 'd.yaml', line: row.line, column: row.column, key: row.key, got: row.got});
  t.regex(problem?.expected ?? '', row.expected);
  t.regex(problem?.hint ?? '', row.hint ?? /^/);
});

const camera = 'pipelines:\n  door:\n    source: rtsp://cam/live\n    model: a.tflite\n';

const rows: Record<string, Row> = {
  'a number out of range': {
    yaml: `${camera}    threshold: 1.5\n`,
    line: 5,
    column: 16,
    key: 'pipelines.door.threshold',
    expected: /^a number from 0 to 1$/,
    got: '1.5',
  },
  'a number in quotes': {
    yaml: `${camera}    threads: "2"\n`,
    line: 5,
    column: 14,
    key: 'pipelines.door.threads',
    expected: /^a whole number from 1 to 64$/,
    got: '"2" (text)',
    hint: /Remove the quotes/,
  },
  'a fraction where a whole number belongs': {
    yaml: `${camera}    threads: 1.5\n`,
    line: 5,
    column: 14,
    key: 'pipelines.door.threads',
    expected: /^a whole number from 1 to 64$/,
    got: '1.5',
  },
  'a misspelt key': {
    yaml: `${camera}    treshold: 0.5\n`,
    line: 5,
    column: 5,
    key: 'pipelines.door.treshold',
    expected: /a known key/,
    got: 'an unknown one',
    hint: /Did you mean "threshold"\?/,
  },
  'a key in another writing': {
    yaml: `${camera}    max_fps: 5\n`,
    line: 5,
    column: 5,
    key: 'pipelines.door.max_fps',
    expected: /a known key/,
    got: 'an unknown one',
    hint: /Did you mean "maxFps"\?/,
  },
  'a key that belongs elsewhere': {
    yaml: 'maxAgeMs: 100\n',
    line: 1,
    column: 1,
    key: 'maxAgeMs',
    expected: /a known key/,
    got: 'an unknown one',
    hint: /belongs at pipelines\.<name>\.maxAgeMs/,
  },
  'a word where true or false belongs': {
    yaml: `${camera}    enabled: yes\n`,
    line: 5,
    column: 14,
    key: 'pipelines.door.enabled',
    expected: /^true or false$/,
    got: '"yes" (text)',
    hint: /true or false, without quotes/,
  },
  'a misspelt delegate inside a list': {
    yaml: `${camera}    delegates: [cpu, edgetpo]\n`,
    line: 5,
    column: 22,
    key: 'pipelines.door.delegates[1]',
    expected: /edgetpu/,
    got: '"edgetpo" (text)',
    hint: /Did you mean "edgetpu"\?/,
  },
  'a delegate that nothing sets up': {
    yaml: `${camera}    delegates: [server:0, cpu]\n`,
    line: 5,
    column: 17,
    key: 'pipelines.door.delegates[0]',
    expected: /^one of cpu, .*, external$/,
    got: '"server:0" (text)',
    hint: /under "delegates" at the top/,
  },
  'a misspelt delegate of the file': {
    yaml: `${camera}    delegates: servre\ndelegates: {server: {use: remote}}\n`,
    line: 5,
    column: 16,
    key: 'pipelines.door.delegates',
    expected: /server$/,
    got: '"servre" (text)',
    hint: /Did you mean "server"\?/,
  },
  'a colon without a device': {
    yaml: `${camera}    delegates: ["edgetpu:"]\n`,
    line: 5,
    column: 17,
    key: 'pipelines.door.delegates[0]',
    expected: /a device after the colon/,
    got: '"edgetpu:" (text)',
    hint: /dunlin devices/,
  },
  'a delegate of no known kind': {
    yaml: 'delegates:\n  server: {url: http://box}\n',
    line: 2,
    column: 3,
    key: 'delegates.server',
    expected: /a name of your own with "use"/,
    got: 'server without "use"',
    hint: /use: remote/,
  },
  'a built-in name for another delegate': {
    yaml: 'delegates: {cpu: {use: remote}}\n',
    line: 1,
    column: 24,
    key: 'delegates.cpu.use',
    expected: /^cpu, because/,
    got: '"remote" (text)',
    hint: /a name of its own/,
  },
  'a delegate called auto': {
    yaml: 'delegates: {auto: {use: cpu}}\n',
    line: 1,
    column: 13,
    key: 'delegates.auto',
    expected: /a name other than auto/,
    got: '"auto" (text)',
  },
  'a share of nothing': {
    yaml: `${camera}    share: 0\n`,
    line: 5,
    column: 12,
    key: 'pipelines.door.share',
    expected: /from 0\.1 to 100/,
    got: '0',
  },
  'an unknown key of a delegate in block form': {
    yaml: `${camera}    delegates:\n      - id: cpu\n        devise: usb:0\n`,
    line: 7,
    column: 9,
    key: 'pipelines.door.delegates[0].devise',
    expected: /a known key/,
    got: 'an unknown one',
    hint: /Did you mean "device"\?/,
  },
  'auto among other delegates': {
    yaml: `${camera}    delegates: [auto, cpu]\n`,
    line: 5,
    column: 16,
    key: 'pipelines.door.delegates',
    expected: /auto alone/,
    got: 'a list of 2 entries',
  },
  'a missing required key': {
    yaml: 'pipelines:\n  door:\n    model: a.tflite\n',
    line: 2,
    column: 3,
    key: 'pipelines.door.source',
    expected: /^text, or a mapping with uri$/,
    got: 'nothing',
  },
  'a key without a value': {
    yaml: 'pipelines:\n  door:\n    source: test.mp4\n    model:\n',
    line: 4,
    column: 5,
    key: 'pipelines.door.model',
    expected: /^text, or a mapping with path$/,
    got: 'nothing (the key has no value)',
  },
  'a pipeline with the name of a node topic': {
    yaml: 'pipelines:\n  status: {source: a.mp4, model: a.tflite}\n',
    line: 2,
    column: 3,
    key: 'pipelines.status',
    expected: /a name other than status/,
    got: '"status" (text)',
  },
  'a pipeline name with a space': {
    yaml: 'pipelines:\n  front door: {source: a.mp4, model: a.tflite}\n',
    line: 2,
    column: 3,
    key: 'pipelines.front door',
    expected: /letters, digits/,
    got: '"front door" (text)',
  },
  'a source of an unknown kind': {
    yaml: 'pipelines: {a: {source: "rstp://u:p@cam/1", model: m.tflite}}\n',
    line: 1,
    column: 25,
    key: 'pipelines.a.source',
    expected: /^a path, or a URI that begins with file:, rtsp:/,
    got: '"rstp://***@cam/1" (text)',
    hint: /Did you mean "rtsp:"\?/,
  },
  'a source of an unknown kind in a mapping': {
    yaml: 'pipelines: {a: {source: {uri: "gopher:x", fps: 1}, model: m.tflite}}\n',
    line: 1,
    column: 31,
    key: 'pipelines.a.source.uri',
    expected: /^a path, or a URI/,
    got: '"gopher:x" (text)',
    hint: /\.\/NAME/,
  },
  'a source option out of range': {
    yaml: 'pipelines: {a: {source: {uri: "test:", fps: 0}, model: m.tflite}}\n',
    line: 1,
    column: 45,
    key: 'pipelines.a.source.fps',
    expected: /^a number above 0, to 1000$/,
    got: '0',
  },
  'a threshold that ends above where it begins': {
    yaml: `${camera}    rules: {threshold: {enter: 0.5, exit: 0.8}}\n`,
    line: 5,
    column: 43,
    key: 'pipelines.door.rules.threshold.exit',
    expected: /^exit at or below enter$/,
    got: '0.8',
  },
  'a polygon with a point outside the frame': {
    yaml: `${camera}    rules:\n      region: [[[0, 0], [1, 0], [1, 1.2]]]\n`,
    line: 6,
    column: 37,
    key: 'pipelines.door.rules.region[0][2][1]',
    expected: /^a number from 0 to 1$/,
    got: '1.2',
  },
  'a rule of another program': {
    yaml: `${camera}    rules: {min_score: 0.5}\n`,
    line: 5,
    column: 13,
    key: 'pipelines.door.rules.min_score',
    expected: /a known key/,
    got: 'an unknown one',
    hint: /Did you mean "threshold"\?/,
  },
  'a region that leaves the frame': {
    yaml: `${camera}    region: {x: 0.5, y: 0, width: 0.6, height: 1}\n`,
    line: 5,
    column: 35,
    key: 'pipelines.door.region.width',
    expected: /x \+ width of at most 1/,
    got: '0.6',
  },
  'a list where a mapping belongs': {
    yaml: 'mqtt: [mqtt://broker]\n',
    line: 1,
    column: 7,
    key: 'mqtt',
    expected: /^a mapping/,
    got: 'a list of 1 entry',
  },
  'a number as node name': {
    yaml: 'node: {name: 12}\n',
    line: 1,
    column: 14,
    key: 'node.name',
    expected: /^text$/,
    got: '12',
    hint: /in quotes/,
  },
  'a node name that would split topics': {
    yaml: 'node: {name: a/b}\n',
    line: 1,
    column: 14,
    key: 'node.name',
    expected: /without spaces, \/, \+ and #/,
    got: '"a/b" (text)',
  },
  'an address of another protocol': {
    yaml: 'mqtt: {url: "http://broker"}\n',
    line: 1,
    column: 13,
    key: 'mqtt.url',
    expected: /mqtt:\/\//,
    got: '"http://broker" (text)',
  },
  'two ways to give the user name': {
    yaml: 'mqtt: {username: a, usernameFile: b}\n',
    line: 1,
    column: 21,
    key: 'mqtt.usernameFile',
    expected: /only one of username and usernameFile/,
    got: 'usernameFile as well',
  },
  'a certificate without its key': {
    yaml: 'mqtt:\n  url: mqtts://broker\n  tls:\n    cert: a.pem\n',
    line: 4,
    column: 5,
    key: 'mqtt.tls.cert',
    expected: /cert and key together/,
    got: 'only cert',
  },
  'TLS options for an address without TLS': {
    yaml: 'mqtt:\n  url: mqtt://broker\n  tls: {ca: ca.pem}\n',
    line: 2,
    column: 8,
    key: 'mqtt.url',
    expected: /with TLS/,
    got: '"mqtt://broker" (text)',
  },
  'no broker at all': {
    yaml: 'broker: {embedded: false}\n',
    line: 1,
    column: 20,
    key: 'broker.embedded',
    expected: /because mqtt\.url is absent/,
    got: 'false',
  },
  'the same key twice': {
    yaml: 'profile: auto\nprofile: auto\n',
    line: 2,
    column: 1,
    key: 'profile',
    expected: /each key once/,
    got: 'the same key again',
  },
  'a tab as indentation': {
    yaml: 'node:\n\tname: a\n',
    line: 2,
    column: 1,
    key: '',
    expected: /spaces/,
    got: 'a tab',
  },
  'a tag': {
    yaml: 'node: {name: !env NAME}\n',
    line: 1,
    column: 14,
    key: '',
    expected: /a plain value/,
    got: 'a tag (!…)',
  },
  'two documents in one file': {
    yaml: 'profile: auto\n---\nprofile: auto\n',
    line: 2,
    column: 1,
    key: '',
    expected: /one document/,
    got: 'a second document',
  },
  'an alias of nothing': {
    yaml: 'profile: *p\n',
    line: 1,
    column: 10,
    key: 'p',
    expected: /an anchor/,
    got: 'an alias of nothing',
  },
  'a list as the whole file': {
    yaml: '- profile\n',
    line: 1,
    column: 1,
    key: '',
    expected: /^a mapping/,
    got: 'a list of 1 entry',
  },
  'a key that JavaScript reserves': {
    yaml: 'pipelines:\n  __proto__: {source: a.mp4, model: a.tflite}\n',
    line: 2,
    column: 3,
    key: '__proto__',
    expected: /another key/,
    got: 'a reserved name',
  },
  'a value reached through a merge points at the anchor': {
    yaml: 'pipelines:\n  a: &a {source: x.mp4, model: m.tflite, threads: 0}\n',
    line: 2,
    column: 51,
    key: 'pipelines.a.threads',
    expected: /from 1 to 64/,
    got: '0',
  },
};

for (const [title, row] of Object.entries(rows)) test(`${title} is reported at its line and column`, oneProblem, row);

test('every problem of a file is reported, in the order of its lines', t => {
  const checked = checkConfig(
    'profil: auto\nlog: {level: loud}\nbroker: {port: 99999}\npipelines:\n  a: {model: x}\n  b: {source: 1, model: 2}\nmqtt:\n  passwordFile: a\n  passwordEnv: B\n',
    'd.yaml',
  );
  t.deepEqual('problems' in checked && checked.problems.map(({line, key}) => [line, key]), [
    [1, 'profil'],
    [2, 'log.level'],
    [3, 'broker.port'],
    [5, 'pipelines.a.source'],
    [6, 'pipelines.b.source'],
    [6, 'pipelines.b.model'],
    [9, 'mqtt.passwordEnv'],
  ]);
});

test('a problem in an anchored mapping and its merged copy is reported once for each pipeline', t => {
  const checked = checkConfig(
    'pipelines:\n  a: &a {source: x.mp4, model: m.tflite, threads: 0}\n  b: {<<: *a, maxFps: 0}\n',
    'd.yaml',
  );
  t.deepEqual('problems' in checked && checked.problems.map(({line, column, key}) => [line, column, key]), [
    [2, 51, 'pipelines.a.threads'],
    [2, 51, 'pipelines.b.threads'],
    [3, 23, 'pipelines.b.maxFps'],
  ]);
});
