import {copyFileSync, mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {cli} from '../../helpers/cli.ts';
import {sharedData} from '../../helpers/shared-data.ts';

const picture = sharedData('images', 'cat_720p.jpg');
const compiled = sharedData('models', 'edgetpu', 'mobilenet_v1_0.25_128_quant_edgetpu.tflite');

/** The compiled model in a folder of its own, without its twin. */
function alone(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-alone-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  mkdirSync(join(folder, 'edgetpu'));
  const path = join(folder, 'edgetpu', 'cats_edgetpu.tflite');
  copyFileSync(compiled, path);
  return path;
}

test('a compiled model without twin and without Edge TPU names the driver, the twin and the fix', async t => {
  const path = alone(t);
  const {status, err} = await cli('infer', path, picture, '--delegate', 'edgetpu', '--delegate', 'cpu');

  t.is(status, 5);
  t.regex(
    err,
    /no Edge TPU on USB \(1a6e:089a, 18d1:9302\) or PCIe \(1ac1:089a\), and its library libedgetpu\.so\.1 is not installed/,
  );
  t.regex(err, /no CPU twin found \(looked for .*edgetpu\/cats\.tflite, .*cats\.tflite\)/);
  t.regex(err, /apt-get install \S*libedgetpu1-std.* Or put the model that it was compiled from beside it\./s);
});

test('asked for the Edge TPU alone, it names the twin that would run on the CPU', async t => {
  const {status, err} = await cli('infer', compiled, picture, '--delegate', 'edgetpu');

  t.is(status, 5);
  t.regex(err, /libedgetpu\.so\.1 is not installed; .*mobilenet_v1_0\.25_128_quant\.tflite is its CPU twin/);
  t.regex(err, /put "cpu" behind in the order/);
});

test('a compiled model runs as its CPU twin where there is no Edge TPU', async t => {
  const run = await cli('infer', compiled, picture, '--delegate', 'edgetpu', '--delegate', 'cpu', '--json');
  const twin = await cli(
    'infer',
    sharedData('models', 'mobilenet_v1_0.25_128_quant.tflite'),
    picture,
    '--delegate',
    'cpu',
    '--json',
  );

  t.is(run.status, 0);
  const [one, other] = [run, twin].map(
    result => result.json<{model: object; result: object; delegate: {id: string}}>()[0],
  );
  t.deepEqual(one?.result, other?.result);
  t.deepEqual(one?.model, other?.model);
  t.is(one?.delegate.id, 'cpu');
});

test('inspect shows what stays on the chip, what a switch costs, and the twin', async t => {
  const {out} = await cli('inspect', compiled);

  t.regex(out, /weights kept on the chip 566,912 bytes, sent again for every run 0 bytes/);
  t.regex(out, /caching token 6d146c3f97d6648c: a run after a model with another token loads the 566,912 bytes first/);
  t.regex(out, /is its CPU twin/);
});

test('inspect says that a compiled model can run on the CPU, as its twin', async t => {
  const {json} = await cli('inspect', compiled, '--delegate', 'cpu', '--json');

  t.deepEqual(json<{delegates: {places: string[]}}>()[0]?.delegates.places, ['cpu:cpu']);
});
