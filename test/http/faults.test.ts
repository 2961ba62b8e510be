import test from 'ava';
import {json, startServing} from '../helpers/serving.ts';
import {sharedData} from '../helpers/shared-data.ts';

const sineFile = sharedData('models', 'hello_world_int8.tflite');
const zero = {name: 'serving_default_dense_input:0', datatype: 'INT8', shape: [1, 1], data: [-128]};
const entry = new URL('./fixture-crashing-worker.js', import.meta.url);

const post = (url: string, model: string, body: object | Uint8Array, headers: Record<string, string> = {}) =>
  fetch(`${url}/v2/models/${model}/infer`, {
    method: 'POST',
    body: body instanceof Uint8Array ? body : JSON.stringify(body),
    headers,
  });

test.serial('a worker that crashes costs its requests a 503, other models nothing, and is back by itself', async t => {
  const serving = await startServing({models: {one: {model: sineFile}, other: {model: sineFile}}}, {entry});
  t.teardown(() => serving.stop());
  await Promise.all([serving.opened('one'), serving.opened('other')]);
  for (let round = 1; round <= 3; round++) {
    const answers = await Promise.all([
      post(serving.url, 'one', {id: 'crash', inputs: [zero]}),
      post(serving.url, 'one', {inputs: [zero]}),
    ]);
    for (const answer of answers) {
      t.is(answer.status, 503);
      t.is(answer.headers.get('retry-after'), '1');
      t.regex((await json<{error: string}>(answer)).error, /^model "one" is not ready: its worker ended/);
    }
    t.is((await post(serving.url, 'other', {inputs: [zero]})).status, 200);
    await serving.opened('one', round + 1);
    t.like(await json(post(serving.url, 'one', {inputs: [zero]})), {outputs: [{data: [4]}]});
  }
  t.true(serving.log.lines.some(({message}) => message === 'the worker of a model ended'));
});

test.serial('a model that cannot be opened is not ready, and the others are', async t => {
  const serving = await startServing({models: {gone: {model: '/nowhere/m.tflite'}, sine: {model: sineFile}}});
  t.teardown(() => serving.stop());
  await serving.opened('sine');
  await serving.log.until(({message}) => message.startsWith('/nowhere/m.tflite'));
  const error = `model "gone" is not ready: it cannot be opened (MODEL_INVALID); the daemon's log says why`;
  for (const path of ['/v2/models/gone', '/v2/models/gone/ready']) {
    const answer = await fetch(serving.url + path);
    t.is(answer.status, 503);
    t.deepEqual(await json(answer), {error});
  }
  t.deepEqual(await json(post(serving.url, 'gone', {inputs: []})), {error});
  const ready = await fetch(`${serving.url}/v2/health/ready`);
  t.is(ready.status, 503);
  t.deepEqual(await json(ready), {ready: false});
  t.is((await fetch(`${serving.url}/v2/models/sine/ready`)).status, 200);
});

const yolox = {model: sharedData('models', 'yolox_nano.onnx')};
const picture = new Uint8Array(3 * 416 * 416 * 4);
const raw = {'inference-header-content-length': '0'};

test.serial('requests beyond the queue are told when to come back, those whose time is over that it is', async t => {
  const serving = await startServing({maxQueue: 2, models: {yolox}});
  t.teardown(() => serving.stop());
  await serving.opened('yolox');
  const answers = await Promise.all([
    ...Array.from({length: 12}, () => post(serving.url, 'yolox', picture, raw)),
    post(serving.url, 'yolox', picture, {...raw, 'dunlin-timeout-ms': '1'}),
  ]);
  const statuses = answers.map(({status}) => status).sort();
  t.true(statuses.includes(200) && statuses.includes(503), `${statuses}`);
  t.true(
    statuses.every(status => [200, 503, 504].includes(status)),
    `${statuses}`,
  );
  for (const answer of answers.filter(({status}) => status === 503)) {
    t.regex(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
    t.is((await json<{error: string}>(answer)).error, 'model "yolox": 2 requests are waiting already; try again');
  }
});

test.serial('a request whose time is over while it runs is told so, and the next one is answered', async t => {
  const serving = await startServing({models: {yolox}});
  t.teardown(() => serving.stop());
  await serving.opened('yolox');
  const late = await post(serving.url, 'yolox', picture, {...raw, 'dunlin-timeout-ms': '2'});
  t.is(late.status, 504);
  t.deepEqual(await json(late), {error: 'no answer within 2 ms'});
  t.is((await post(serving.url, 'yolox', picture, raw)).status, 200);
});

test.serial('stopping refuses what waits, and is done while clients hold their connections', async t => {
  const serving = await startServing({models: {yolox}});
  await serving.opened('yolox');
  const answers = Array.from({length: 3}, () => post(serving.url, 'yolox', picture, raw).then(({status}) => status));
  await fetch(`${serving.url}/v2`);
  await serving.stop();
  await serving.stop();
  const statuses = await Promise.allSettled(answers);
  t.true(statuses.every(outcome => outcome.status === 'rejected' || [200, 503].includes(outcome.value)));
  await t.throwsAsync(fetch(`${serving.url}/v2`));
});

test.serial('runs of a model that remembers know nothing of each other', async t => {
  const model = sharedData('models', 'keras_lstm_mnist_ptq.tflite');
  const serving = await startServing({models: {lstm: {model}}});
  t.teardown(() => serving.stop());
  await serving.opened('lstm');
  const drawing = Uint8Array.from({length: 28 * 28}, (_, index) => (index * 37) % 256);
  const answers: string[] = [];
  for (let run = 0; run < 4; run++) {
    const answer = await post(serving.url, 'lstm', drawing, raw);
    answers.push(Buffer.from(await answer.arrayBuffer()).toString('latin1'));
  }
  t.is(new Set(answers).size, 1);
});
