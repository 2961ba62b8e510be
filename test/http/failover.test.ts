import {readFileSync} from 'node:fs';
import test from 'ava';
import {storedCases} from '../helpers/cases.ts';
import {type ServingHandle, startServing} from '../helpers/serving.ts';
import {sharedData} from '../helpers/shared-data.ts';

const stored = storedCases('.tflite').find(({case: name}) => name === 'mobilenet_v1_0.25_128_quant__owl')!;
const model = sharedData(stored.model);
const picture = readFileSync(sharedData('expected', stored.inputs[0]!.file!));

/** The outputs of one picture as bytes. */
async function classify(serving: ServingHandle): Promise<string> {
  const answer = await fetch(`${serving.url}/v2/models/owls/infer`, {
    method: 'POST',
    body: picture,
    headers: {'inference-header-content-length': '0'},
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (answer.status !== 200) throw new Error(`${answer.status} ${bytes}`);
  return bytes.subarray(Number(answer.headers.get('inference-header-content-length'))).toString('base64');
}

test('one Dunlin runs a model on another; when that one goes, every request is still answered, and alike', async t => {
  const far = await startServing({models: {owls: {model}}});
  await far.opened('owls');
  const near = await startServing(
    {models: {owls: {model, delegates: ['friend', 'cpu']}}},
    {},
    {delegates: {friend: {use: 'remote', url: far.url, model: 'owls'}}, failover: {retryFirstMs: 50, retryMostMs: 100}},
  );
  t.teardown(() => near.stop());
  await near.opened('owls');
  const expected = await classify(far);
  t.is(await classify(near), expected);
  t.false(near.log.lines.some(({message}) => message.startsWith('passed over')));
  await far.stop();
  for (let request = 0; request < 10; request++) t.is(await classify(near), expected);
  t.like(await near.log.until(({message}) => message === 'delegate changed'), {level: 'warn'});

  const back = await startServing({port: far.port, models: {owls: {model}}});
  t.teardown(() => back.stop());
  await back.opened('owls');
  const returned = near.log.until(({message, level}) => message === 'delegate changed' && level === 'info');
  let isBack = false;
  void returned.then(() => {
    isBack = true;
  });
  // A returned delegate is taken between two runs.
  while (!isBack) t.is(await classify(near), expected);
  t.is(await classify(near), expected);
});

test('a model whose only delegate is gone is not ready, and ready again when it is back', async t => {
  const far = await startServing({models: {owls: {model}}});
  await far.opened('owls');
  const near = await startServing(
    {timeoutMs: 20_000, models: {owls: {model, delegates: ['friend']}}},
    {},
    {delegates: {friend: {use: 'remote', url: far.url, model: 'owls'}}, failover: {retryFirstMs: 50, retryMostMs: 100}},
  );
  t.teardown(() => near.stop());
  await near.opened('owls');
  const expected = await classify(near);
  await far.stop();
  const failed = await t.throwsAsync(classify(near));
  t.regex(failed.message, /^503 .*no delegate works at present/);
  t.is((await fetch(`${near.url}/v2/models/owls/ready`)).status, 503);

  const back = await startServing({port: far.port, models: {owls: {model}}});
  t.teardown(() => back.stop());
  await near.log.until(({message}) => message === 'model can be run again');
  t.is(await classify(near), expected);
});
