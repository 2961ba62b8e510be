import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {cli} from '../helpers/cli.ts';
import {sharedData} from '../helpers/shared-data.ts';

const classifier = sharedData('models', 'mobilenet_v1_0.25_128_quant.tflite');
const segmenter = sharedData('models', 'deeplabv3_mnv2_dm05_pascal_quant.tflite');
const owl = sharedData('images', 'owl.jpg');

function scratch(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-infer-'));
  t.teardown(() => rmSync(folder, {recursive: true, force: true}));
  return folder;
}

interface Line {
  readonly input?: string;
  readonly error?: {readonly code: string; readonly message: string; readonly hint: string};
}

test('a damaged picture is named, and the others are done', async t => {
  const folder = scratch(t);
  const bytes = readFileSync(owl);
  writeFileSync(join(folder, '1.jpg'), bytes);
  writeFileSync(join(folder, '2.jpg'), bytes.subarray(0, bytes.length / 2));
  writeFileSync(join(folder, '3.jpg'), bytes);
  const {status, json} = await cli('infer', classifier, folder, owl, '--json', '--top', '1');
  const [first, second, third, last] = json<Line>();
  t.is(status, 4);
  t.deepEqual([first?.input, third?.input, last?.input], [join(folder, '1.jpg'), join(folder, '3.jpg'), owl]);
  t.is(second?.error?.code, 'INPUT_INVALID');
  t.true(second?.error?.message.includes(join(folder, '2.jpg')), second?.error?.message);
});

for (const [what, content] of Object.entries({
  'an empty file': '',
  'a text file': 'no picture\n',
  'ten bytes of a JPEG': readFileSync(owl).subarray(0, 10),
})) {
  test(`${what} in place of a picture ends with status 4`, async t => {
    const file = join(scratch(t), 'picture.jpg');
    writeFileSync(file, content);
    const {status, err} = await cli('infer', classifier, file);
    t.is(status, 4, err);
    t.true(err.includes(file), err);
  });
}

test('a missing picture, an empty folder and a folder of nothing that is a picture end with status 4', async t => {
  const folder = scratch(t);
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  for (const input of [join(folder, 'none.jpg'), empty, join(folder, '*.png')])
    t.is((await cli('infer', classifier, input)).status, 4, input);
});

const tensorFile = (t: ExecutionContext, bytes: number) => {
  const file = join(scratch(t), 'in.bin');
  writeFileSync(file, new Uint8Array(bytes));
  return file;
};

test('a tensor file of another size ends with status 4 and says both sizes', async t => {
  const {status, err} = await cli('infer', classifier, '--tensor', tensorFile(t, 100));
  t.is(status, 4);
  t.regex(err, /in\.bin: 100 bytes, expected 49152 for input 0 "input" \(uint8 \[1, 128, 128, 3\]\)/);
});

test('more tensor files than inputs end with status 4', async t => {
  const file = tensorFile(t, 49_152);
  const {status, err} = await cli('infer', classifier, '--tensor', file, file);
  t.is(status, 4);
  t.regex(err, /2 files for a model with 1 input/);
});

test('fewer tensor files than inputs end with status 4 and name the first that lacks', async t => {
  const adder = sharedData('models', 'int16_cases', 'add0.tflite');
  const {json} = await cli('inspect', adder, '--json');
  const [{inputs}] = json() as [{inputs: {shape: number[]}[]}];
  const bytes = 2 * inputs[0]!.shape.reduce((product, size) => product * size, 1);
  const {status, err} = await cli('infer', adder, '--tensor', tensorFile(t, bytes));
  t.is(status, 4);
  t.regex(err, /no file for input 1 "/);
});

test('inputs that carry state may be left out', async t => {
  const recurrent = sharedData('models', 'split_concat.tflite');
  const {status, err} = await cli('infer', recurrent, '--tensor', tensorFile(t, 192));
  t.is(status, 0, err);
});

test('a missing tensor file and a folder as tensor file end with status 4', async t => {
  const folder = scratch(t);
  for (const file of [folder, join(folder, 'none.bin')]) {
    const {status, err} = await cli('infer', classifier, '--tensor', file);
    t.is(status, 4);
    t.regex(err, /cannot be read \((EISDIR|ENOENT)\)/);
  }
});

test('a model that takes no picture says so once, with status 4', async t => {
  const {status, json} = await cli('infer', sharedData('models', 'hello_world_float.tflite'), owl, owl, '--json');
  t.is(status, 4);
  t.is(json().length, 1);
});

test('annotated pictures and masks of several inputs get names of their own', async t => {
  const folder = scratch(t);
  const other = join(folder, 'other.jpg');
  copyFileSync(owl, other);
  const flags = ['--annotate', join(folder, 'drawn.png'), '--save-mask', join(folder, 'mask.png')];
  const {status, err} = await cli('infer', segmenter, owl, other, ...flags);
  t.is(status, 0, err);
  t.deepEqual(readdirSync(folder).sort(), ['drawn-2.png', 'drawn.png', 'mask-2.png', 'mask.png', 'other.jpg']);
});

test('annotated pictures go into a folder under the names of their inputs', async t => {
  const folder = scratch(t);
  t.is((await cli('infer', classifier, owl, '--annotate', folder)).status, 0);
  t.deepEqual(readdirSync(folder), ['owl.png']);
});

test('the output folder is made with its parents', async t => {
  const folder = join(scratch(t), 'a', 'b');
  t.is((await cli('infer', classifier, owl, '--output-dir', folder)).status, 0);
  t.is(readFileSync(join(folder, 'out0.bin')).length, 1001);
});

test('files that cannot be written end with status 6', async t => {
  const folder = scratch(t);
  const file = join(folder, 'file');
  writeFileSync(file, '');
  for (const flags of [
    ['--annotate', join(folder, 'none', 'x.png')],
    ['--output-dir', join(file, 'x')],
    ['--output-dir', '/proc/none'],
  ]) {
    const {status, err} = await cli('infer', classifier, owl, ...flags);
    t.is(status, 6, err);
    t.regex(err, /SINK_FAILED/);
  }
});

test('flags that the model has no use for end with status 2, before anything is run', async t => {
  const folder = scratch(t);
  const out = join(folder, 'out');
  t.is((await cli('infer', classifier, owl, '--save-mask', 'mask.png', '--output-dir', out)).status, 2);
  t.is((await cli('infer', classifier, '--tensor', 'x.bin', '--annotate', 'x.png', '--output-dir', out)).status, 2);
  t.false(existsSync(out));
});

for (const id of ['nosuch', '', '__proto__', 'constructor']) {
  test(`a delegate called "${id}" ends with status 2`, async t => {
    const {status, err} = await cli('infer', classifier, owl, '--delegate', id);
    t.is(status, 2);
    t.regex(err, /there is none called/);
  });
}

test('a device that is not there ends with status 5', async t => {
  t.is((await cli('infer', classifier, owl, '--delegate', 'cpu:7')).status, 5);
});

for (const content of ['{', 'null', '[]', '{"task":"classify"}', '']) {
  test(`a manifest that holds ${JSON.stringify(content)} ends with status 3`, async t => {
    const file = join(scratch(t), 'model.json');
    writeFileSync(file, content);
    const {status, err} = await cli('infer', classifier, owl, '--manifest', file);
    t.is(status, 3);
    t.regex(err, /MANIFEST_INVALID/);
  });
}

test('control characters of labels do not reach the terminal', async t => {
  const file = join(scratch(t), 'labels.txt');
  writeFileSync(file, Array.from({length: 1001}, (_, index) => `\u001b[31mred\u0007${index}`).join('\n'));
  const {status, out} = await cli('infer', classifier, owl, '--labels', file);
  t.is(status, 0);
  t.notRegex(out, /[^\P{Cc}\n]/u);
  t.regex(out, /·\[31mred·\d/);
});

test('a model that is known to corrupt memory in the library ends with status 3 before it runs', async t => {
  const model = sharedData('models', 'keyword_scrambled_8bit.tflite');
  const {status, err} = await cli('infer', model, '--tensor', tensorFile(t, 192));
  t.is(status, 3);
  t.regex(err, /MODEL_UNSUPPORTED.*SVDF/);
});

test('the outputs of several pictures go to a folder each', async t => {
  const folder = join(scratch(t), 'out');
  const cat = sharedData('images', 'cat.bmp');
  t.is((await cli('infer', classifier, owl, cat, '--output-dir', folder)).status, 0);
  const alone = join(scratch(t), 'out');
  t.is((await cli('infer', classifier, cat, '--output-dir', alone)).status, 0);
  t.deepEqual(readFileSync(join(folder, '2', 'out0.bin')), readFileSync(join(alone, 'out0.bin')));
  t.notDeepEqual(readFileSync(join(folder, 'out0.bin')), readFileSync(join(alone, 'out0.bin')));
});
