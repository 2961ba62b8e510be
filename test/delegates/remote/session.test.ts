import test from 'ava';
import {cpu} from '../../../delegates/cpu/index.ts';
import {loadModel} from '../../../src/model/load.ts';
import {createDelegate} from '../../helpers/delegate.ts';
import {keepLog} from '../../helpers/log.ts';
import {sharedData} from '../../helpers/shared-data.ts';
import {connect, helloWorld, openOn, runWith, serve, sessionOptions} from './parts.ts';

test('a model runs on the server with binary tensors, over one connection', async t => {
  const {server, model} = await serve(t);
  const session = await openOn(t, connect({url: server.url}), model);
  for (let value = 0; value < 5; value++) t.is(await runWith(session, value), value + 1);
  t.is(server.connections, 1);
  t.true(server.infers.every(({headers}) => headers['inference-header-content-length'] !== undefined));
  t.is(session.engine, 'test-server 1');
});

test('a server that refuses binary tensors gets JSON from then on', async t => {
  const {server, model} = await serve(t, {binary: false});
  const log = keepLog();
  const delegate = connect({url: server.url});
  const session = await openOn(t, delegate, model, {log});
  t.is(await runWith(session, 1), 2);
  t.is(await runWith(session, 2), 3);
  t.is(server.infers.length, 3);
  t.is(session.engine, 'test-server 1 (JSON)');
  t.deepEqual(
    log.lines.map(({message}) => message),
    [`remote 127.0.0.1:${server.port}: takes no binary tensors; sending JSON, which is slower`],
  );
  const second = await openOn(t, delegate, model);
  t.is(await runWith(second, 3), 4);
  t.is(server.infers.length, 4);
});

test('binary: never and always are kept to', async t => {
  const {server, model} = await serve(t);
  const plain = await openOn(t, connect({url: server.url, binary: 'never'}), model);
  t.is(await runWith(plain, 1), 2);
  t.is(server.infers.at(-1)?.headers['inference-header-content-length'], undefined);
  const old = await serve(t, {binary: false});
  const always = await openOn(t, connect({url: old.server.url, binary: 'always'}), model);
  await t.throwsAsync(runWith(always, 1), {
    code: 'RUN_FAILED',
    message: /answered with status 422: \[\{"msg":"JSON decode error"\}\]/,
  });
  t.is(old.server.infers.length, 1);
});

test('a picture is fitted into the input here, and computed there as on the CPU', async t => {
  const model = await loadModel(sharedData('models', 'mobilenet_v1_0.25_128_quant.tflite'));
  const [device] = await createDelegate(cpu).probe();
  const local = await createDelegate(cpu).open(model, device!, sessionOptions);
  const engine = await createDelegate(cpu).open(model, device!, sessionOptions);
  t.teardown(() => Promise.all([local.close(), engine.close()]));
  const {server} = await serve(t, {
    model,
    async compute([input]) {
      engine.inputs[0]!.data.set(input!.data);
      return (await engine.run()).outputs;
    },
  });
  const session = await openOn(t, connect({url: server.url}), model);
  const data = Uint8Array.from({length: 200 * 100 * 3}, (_, index) => (index * 7) % 256);
  const frame = {sequence: 1, capturedAtNs: 0n, wallClock: 0, width: 200, height: 100, format: 'rgb', data} as never;
  const picture = {inputIndex: model.image!.index, input: model.image!.input, frame};
  const there = await session.run(picture);
  const here = await local.run(picture);
  t.deepEqual(
    there.outputs.map(({data: bytes}) => [...bytes]),
    here.outputs.map(({data: bytes}) => [...bytes]),
  );
  t.deepEqual(there.outputs[0]!.quantization, here.outputs[0]!.quantization);
  t.deepEqual(there.geometry, here.geometry);
  t.true(there.timing.runMs > 0);
});

test('the server may stand behind a prefix and know the model by another name and version', async t => {
  const model = {...(await helloWorld()), name: 'a b/c'};
  const {server} = await serve(t, {model, prefix: '/models/here'});
  const session = await openOn(t, connect({url: `${server.url}/`, model: 'a b/c'}), {...model, name: 'other'});
  t.is(await runWith(session, 1), 2);
  t.is(server.infers[0]?.path, '/models/here/v2/models/a%20b%2Fc/infer');
  const versioned = connect({url: server.url, version: '3'});
  await t.throwsAsync(openOn(t, versioned, model), {
    code: 'DELEGATE_UNAVAILABLE',
    message: /the model a b\/c version 3 is not ready on 127\.0\.0\.1:\d+ \(status 404: no such path/,
  });
});

test('outputs come in the order of the model, whatever the order of the answer', async t => {
  const model = await loadModel(sharedData('models', 'version-RFB-320.onnx'));
  const {outputs} = model.header;
  const {server} = await serve(t, {
    model,
    compute: () =>
      [...outputs].reverse().map(spec => {
        const size = spec.shape.reduce((product, dimension) => product * dimension, 4);
        return {...spec, data: new Uint8Array(size).fill(spec.name.length)};
      }),
  });
  const session = await openOn(t, connect({url: server.url}), model);
  const run = await session.run();
  t.deepEqual(
    run.outputs.map(({name, data}) => [name, data[0]]),
    outputs.map(({name}) => [name, name.length]),
  );
});

test('overlapping runs come one after the other, and close waits for them', async t => {
  const {server, model} = await serve(t);
  const session = await openOn(t, connect({url: server.url}), model);
  let ended = 0;
  const runs = [1, 2, 3].map(() => session.run().then(() => ended++));
  await session.close();
  t.is(ended, 3);
  await Promise.all(runs);
  await session.close();
  await t.throwsAsync(session.run(), {code: 'RUN_FAILED', message: /the session is closed/});
});

test('a thousand sessions open and close without a connection or a thread left', async t => {
  const {server, model} = await serve(t);
  const delegate = connect({url: server.url});
  const [device] = await delegate.probe();
  for (let round = 0; round < 1000; round++) {
    const session = await delegate.open(model, device!, sessionOptions);
    if (round % 100 === 0) t.is(await runWith(session, round), round + 1);
    await session.close();
  }
  t.is(server.connections, 1);
});
