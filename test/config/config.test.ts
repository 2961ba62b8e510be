import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Ajv2020} from 'ajv/dist/2020.js';
import test from 'ava';
import {parse} from 'yaml';
import {checkConfig, configJsonSchema, defaultConfig, loadConfig} from '../../src/config/config.ts';
import {toDelegateSettings} from '../../src/config/delegates.ts';
import {sourceSchemes} from '../../src/config/pipeline.ts';
import {ConfigProblemsError} from '../../src/config/problem.ts';
import type {Config} from '../../src/config/schema.ts';
import {starterConfig} from '../../src/config/starter.ts';

function config(yaml: string): Config {
  const checked = checkConfig(yaml, 'd.yaml', {folder: '/etc/dunlin', hostName: 'pi'});
  if ('problems' in checked) throw new ConfigProblemsError(checked.problems);
  return checked.config;
}

import {sourceSchemes as opened} from '../../src/source/open.ts';

const pipeline = (keys: string) => config(`pipelines: {a: {source: test.mp4, model: m.tflite, ${keys}}}`).pipelines.a;

test('an empty file is the configuration of a node without pipelines', t => {
  t.deepEqual(config(''), defaultConfig({hostName: 'pi'}));
  t.like(config(''), {
    node: {name: 'pi'},
    profile: 'auto',
    mqtt: {prefix: 'dunlin', protocol: 'auto'},
    broker: {embedded: 'auto', port: 1883},
    log: {level: 'info', areas: {}},
    pipelines: {},
  });
});

test('a file of comments is an empty file', t => {
  t.deepEqual(config('# nothing yet\n'), config(''));
});

test('the host name becomes one topic level', t => {
  const checked = checkConfig('', 'd.yaml', {hostName: 'my host/+1'});
  t.is('config' in checked && checked.config.node.name, 'my-host--1');
});

test('a pipeline is complete with a source and a model', t => {
  t.like(pipeline(''), {
    source: {uri: '/etc/dunlin/test.mp4'},
    model: {path: '/etc/dunlin/m.tflite'},
    delegates: 'auto',
    results: 'all',
    enabled: true,
  });
});

test('a source may be a mapping with options', t => {
  const {source} = config('pipelines: {a: {source: {uri: "rtsp://cam/1", fps: 5}, model: m.tflite}}').pipelines.a ?? {};
  t.like(source, {uri: 'rtsp://cam/1', fps: 5});
});

test('delegates keep their order, with or without a device', t => {
  t.deepEqual(pipeline('delegates: [edgetpu, edgetpu:usb:1, {id: cpu, device: "cpu"}]')?.delegates, [
    {id: 'edgetpu'},
    {id: 'edgetpu', device: 'usb:1'},
    {id: 'cpu', device: 'cpu'},
  ]);
});

test('one delegate may be written without a list', t => {
  t.deepEqual(pipeline('delegates: cpu')?.delegates, [{id: 'cpu'}]);
});

test('a delegate is set up under a name of its own, its options untouched', t => {
  const {delegates, pipelines} = config(
    'delegates: {server: {use: remote, url: "http://box:8000", deadlineMs: 200}, edgetpu: {performance: Low}}\n' +
      'pipelines: {a: {source: "test:", model: m.tflite, delegates: [edgetpu, server, cpu]}}',
  );
  t.deepEqual(pipelines.a?.delegates, [{id: 'edgetpu'}, {id: 'server'}, {id: 'cpu'}]);
  t.deepEqual(toDelegateSettings({delegates}), {
    server: {use: 'remote', options: {url: 'http://box:8000', deadlineMs: 200}},
    edgetpu: {use: 'edgetpu', options: {performance: 'Low'}},
  });
});

test('files in the options of a delegate lie beside the configuration; other text stays', t => {
  const {delegates} = config(
    'delegates:\n' +
      '  npu: {use: external, library: ./lib/libvx.so, options: {cache: ./a, mode: fast, level: 2}}\n' +
      '  jetson: {library: libonnxruntime.so, cacheDir: engines}\n' +
      '  movidius: {ir: {ssd: ../ir/ssd.xml}}\n' +
      '  remote: {url: box, tls: {caFile: ca.pem, keyFile: /etc/key.pem}, headers: {x: {file: x.txt}, y: a/b}}\n',
  );
  t.deepEqual(delegates, {
    npu: {
      use: 'external',
      library: '/etc/dunlin/lib/libvx.so',
      options: {cache: '/etc/dunlin/a', mode: 'fast', level: 2},
    },
    jetson: {library: 'libonnxruntime.so', cacheDir: '/etc/dunlin/engines'},
    movidius: {ir: {ssd: '/etc/ir/ssd.xml'}},
    remote: {
      url: 'box',
      tls: {caFile: '/etc/dunlin/ca.pem', keyFile: '/etc/key.pem'},
      headers: {x: {file: '/etc/dunlin/x.txt'}, y: 'a/b'},
    },
  });
});

test('a pipeline has one share of a device, and no limit on its runs, unless it says so', t => {
  t.like(pipeline(''), {share: 1, runTimeoutMs: undefined});
  t.like(pipeline('share: 2.5, runTimeoutMs: 800'), {share: 2.5, runTimeoutMs: 800});
});

test('[auto] is the order of the device profile', t => {
  t.is(pipeline('delegates: [auto]')?.delegates, 'auto');
});

test('snapshots have a quality and are made on request only', t => {
  t.is(pipeline('')?.snapshots, undefined);
  t.deepEqual(pipeline('snapshots: {onEvent: true}')?.snapshots, {onEvent: true, quality: 80});
});

test('a merged mapping lends its keys, and own keys win', t => {
  const {pipelines} = config(
    'pipelines:\n  a: &a {source: "test:", model: m.tflite, threads: 2}\n  b: {<<: *a, threads: 3}\n',
  );
  t.like(pipelines.b, {source: {uri: 'test:'}, threads: 3});
});

test('an anchor that is set again means the later value from there on', t => {
  const {log} = config('log: {level: &l warn, areas: {one: *l, two: &l debug, three: *l}}');
  t.deepEqual(log.areas, {one: 'warn', two: 'debug', three: 'debug'});
});

const path = test.macro((t, yaml: string, pick: (config: Config) => unknown, expected: string) => {
  t.is(pick(config(yaml)), expected);
});

const sourceUri = (uri: string) => `pipelines: {a: {source: ${JSON.stringify(uri)}, model: m.tflite}}`;
const modelPath = (model: string) => `pipelines: {a: {source: a.mp4, model: ${JSON.stringify(model)}}}`;
const uriOf = (from: Config) => from.pipelines.a?.source.uri;
const modelOf = (from: Config) => from.pipelines.a?.model.path;

test('a relative clip lies beside the file', path, sourceUri('clips/a.mp4'), uriOf, '/etc/dunlin/clips/a.mp4');
test('an absolute clip stays', path, sourceUri('/srv/a.mp4'), uriOf, '/srv/a.mp4');
test('a relative file: URI lies beside the file', path, sourceUri('file:a.mp4'), uriOf, 'file:/etc/dunlin/a.mp4');
test('an absolute file: URI stays', path, sourceUri('file:///srv/a.mp4'), uriOf, 'file:///srv/a.mp4');
test('a glob lies beside the file', path, sourceUri('in/*.jpg'), uriOf, '/etc/dunlin/in/*.jpg');
test('a camera URI stays', path, sourceUri('v4l2:/dev/video0'), uriOf, 'v4l2:/dev/video0');
test('a stream URI stays', path, sourceUri('rtsp://u:p@cam/1'), uriOf, 'rtsp://u:p@cam/1');
test('a model file lies beside the file', path, modelPath('m.onnx'), modelOf, '/etc/dunlin/m.onnx');
test('a model folder lies beside the file', path, modelPath('./m'), modelOf, '/etc/dunlin/m');
test('the name of a shipped model stays a name', path, modelPath('flood-water'), modelOf, 'flood-water');
test(
  'a password file lies beside the file',
  path,
  'mqtt: {passwordFile: secret}',
  from => from.mqtt.passwordFile,
  '/etc/dunlin/secret',
);
test(
  'a library without a folder is searched for by the system',
  path,
  'runtime: {tfliteLibrary: libtensorflowlite_c.so}',
  from => from.runtime.tfliteLibrary,
  'libtensorflowlite_c.so',
);

test('nothing is replaced from the environment', t => {
  t.is(config('mqtt: {username: $HOME}').mqtt.username, '$HOME');
});

test('the starter configuration is valid as it is', t => {
  t.deepEqual(
    config(starterConfig({profile: 'raspberry-pi-4', camera: 'rpicam:'})).pipelines.camera?.source.uri,
    'rpicam:',
  );
  t.deepEqual(config(starterConfig({profile: 'generic-arm64'})).pipelines.camera?.source.uri, 'test:');
});

test('every commented line of the starter configuration is valid too', t => {
  const text = starterConfig({profile: 'generic-arm64', model: 'a "quoted" name.tflite'});
  const uncommented = text.replace(/^( *)# (?=( *)[a-zA-Z]+:( |$))/gm, '$1');
  t.like(config(uncommented), {node: {name: 'kitchen'}, mqtt: {username: 'dunlin'}, runtime: {threads: 2}});
});

test('the JSON Schema accepts what the daemon accepts, and refuses an unknown key', t => {
  const validate = new Ajv2020({strict: false}).compile(configJsonSchema());
  t.true(validate(parse(starterConfig({profile: 'x', camera: 'rpicam:'}))));
  t.false(validate({pipelin: {}}));
  t.false(validate({pipelines: {a: {source: 'x', model: 'y', threshold: 2}}}));
});

test('a file is read with its own folder as the start of paths', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'dunlin-config-'));
  t.teardown(() => rm(folder, {recursive: true}));
  const file = join(folder, 'dunlin.yaml');
  await writeFile(file, '\ufeffpipelines: {a: {source: a.mp4, model: m.tflite}}');
  const loaded = await loadConfig(file);
  t.is(loaded.pipelines.a?.source.uri, join(folder, 'a.mp4'));
});

test('a file with problems throws all of them', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'dunlin-config-'));
  t.teardown(() => rm(folder, {recursive: true}));
  const file = join(folder, 'dunlin.yaml');
  await writeFile(file, 'profil: auto\nbroker: {port: -1}\n');
  const error = await t.throwsAsync(loadConfig(file), {instanceOf: ConfigProblemsError, code: 'CONFIG_INVALID'});
  t.is(error?.problems.length, 2);
  t.regex(
    error?.message ?? '',
    /dunlin\.yaml:1:1: profil: .*\n.*dunlin\.yaml:2:16: broker\.port: expected a whole number/,
  );
});

test('a file that is not there is named with the reason', async t => {
  await t.throwsAsync(loadConfig('/nonexistent/dunlin.yaml'), {
    code: 'CONFIG_INVALID',
    message: '/nonexistent/dunlin.yaml: cannot be read (ENOENT)',
  });
});

test('a folder, a device and a binary file are refused', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'dunlin-config-'));
  t.teardown(() => rm(folder, {recursive: true}));
  const binary = join(folder, 'b.yaml');
  await writeFile(binary, Buffer.from([0xff, 0xfe, 0x00, 0xd8]));
  await t.throwsAsync(loadConfig(folder), {code: 'CONFIG_INVALID'});
  await t.throwsAsync(loadConfig('/dev/zero'), {code: 'CONFIG_INVALID', message: /not a plain file/});
  await t.throwsAsync(loadConfig(binary), {code: 'CONFIG_INVALID', message: /not UTF-8/});
});

test('every kind of source that can be opened can be configured', t => {
  const unknown = opened.filter(scheme => !sourceSchemes.includes(scheme));
  t.deepEqual(unknown, []);
});
