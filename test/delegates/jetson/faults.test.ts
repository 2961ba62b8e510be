import test, {type ExecutionContext} from 'ava';
import {jetson} from '../../../delegates/jetson/index.ts';
import type {Delegate, Session, SessionOptions} from '../../../src/delegate/contract.ts';
import {DelegateUnavailableError, DeviceLostError, ModelUnsupportedError, RunError} from '../../../src/error/errors.ts';
import {silentLog} from '../../../src/log/log.ts';
import {loadModel} from '../../../src/model/load.ts';
import {createDelegate} from '../../helpers/delegate.ts';
import {fakeRoot} from '../../helpers/fake-root.ts';
import {TestHosts} from '../../helpers/hosts.ts';
import {sharedData} from '../../helpers/shared-data.ts';
import {orinFiles, type Rig, realLibrary, rig} from './setup.ts';

const options: SessionOptions = {threads: 1, xnnpack: true, log: silentLog};
const model = await loadModel(sharedData('models', 'version-RFB-320.onnx'));

async function open(delegate: Delegate, others: Partial<SessionOptions> = {}): Promise<Session> {
  const [device] = await delegate.probe();
  return delegate.open(model, device!, {...options, ...others});
}

/** A rig on CUDA, which has no engines to wait for. */
const cudaRig = (t: ExecutionContext): Promise<Rig> => rig(t, {providers: ['cuda', 'cpu']});

const openFaults: readonly (readonly [order: string, message: RegExp])[] = [
  ['fail=open', /CUDA failure 3: initialization error/],
  ['busy=1', /CUDA failure 46: all CUDA-capable devices are busy/],
  ['vanish=1', /CUDA failure 100: no CUDA-capable device is detected/],
  ['crash=open', /its process crashed \(SIGSEGV\) while opening the model/],
  ['crash=probe', /its process crashed \(SIGSEGV\) while opening the model/],
];

for (const [order, message] of openFaults) {
  test.serial(`${order}: the device is unavailable, until it is back`, async t => {
    const held = await cudaRig(t);
    await held.control(order);
    await t.throwsAsync(open(held.delegate), {instanceOf: DelegateUnavailableError, message});
    await held.control();
    const session = await open(held.delegate);
    t.is((await session.run()).outputs.length, 2);
    await session.close();
  });
}

const lostFaults: readonly (readonly [order: string, message: RegExp])[] = [
  ['crash=run', /jetson gpu:0: /],
  ['hang=run', /jetson gpu:0: /],
  ['vanish=1', /CUDA failure 999: unknown error/],
];

for (const [order, message] of lostFaults) {
  test.serial(`${order} after two runs: the device is lost, and taken back by opening again`, async t => {
    const held = await cudaRig(t);
    await held.control(order, 'after=2');
    const session = await open(held.delegate, {runTimeoutMs: 1000});
    const {exited} = held.hosts.running('jetson gpu:0');
    await session.run();
    await session.run();
    await t.throwsAsync(session.run(), {instanceOf: DeviceLostError, message});
    await t.throwsAsync(session.run(), {instanceOf: DeviceLostError});
    await session.close();
    await exited;
    await held.control();
    const again = await open(held.delegate);
    await again.run();
    await again.close();
  });
}

for (const order of ['fail=run', 'overheat=1']) {
  test.serial(`${order}: the run fails, the session lives on`, async t => {
    const held = await cudaRig(t);
    const session = await open(held.delegate);
    await held.control(order);
    await t.throwsAsync(session.run(), {instanceOf: RunError, message: /the double /});
    await held.control();
    t.is((await session.run()).outputs.length, 2);
    await session.close();
  });
}

test.serial('corrupt=run: noise is a result like any other to the delegate', async t => {
  const held = await cudaRig(t);
  const session = await open(held.delegate);
  const sound = Buffer.from((await session.run()).outputs[0]!.data).toString('hex');
  await held.control('corrupt=run');
  t.not(Buffer.from((await session.run()).outputs[0]!.data).toString('hex'), sound);
  await session.close();
});

for (const order of ['crash=close', 'hang=close']) {
  test.serial(`${order}: closing settles`, async t => {
    const held = await cudaRig(t);
    const session = await open(held.delegate);
    await session.run();
    await held.control(order);
    await t.notThrowsAsync(session.close());
  });
}

test.serial('a library of release 1.10 computes on CUDA, and tells which settings it lacks', async t => {
  process.env.DUNLIN_DOUBLE_ORT_API = '10';
  t.teardown(() => delete process.env.DUNLIN_DOUBLE_ORT_API);
  const held = await cudaRig(t);
  const session = await open(held.delegate);
  t.is(session.engine, 'onnxruntime 1.10.0');
  await session.run();
  await session.close();
  await t.throwsAsync(open(held.another({cuda: {gpu_mem_limit: 1e9}})), {
    instanceOf: DelegateUnavailableError,
    message: /cuda\.gpu_mem_limit needs ONNX Runtime 1\.11 or newer; this is onnxruntime 1\.10\.0/,
  });
});

for (const api of ['10', '11']) {
  test.serial(`a library of release 1.${api} builds TensorRT engines`, async t => {
    process.env.DUNLIN_DOUBLE_ORT_API = api;
    t.teardown(() => delete process.env.DUNLIN_DOUBLE_ORT_API);
    const held = await rig(t);
    await t.throwsAsync(open(held.delegate), {message: /is being built/});
    await held.log.until(({message}) => /engine is ready/.test(message));
    const session = await open(held.delegate);
    t.is(session.engine, `onnxruntime 1.${api}.0`);
    await session.close();
  });
}

test.serial('a library older than 1.8 is refused by name', async t => {
  process.env.DUNLIN_DOUBLE_ORT_API = '7';
  t.teardown(() => delete process.env.DUNLIN_DOUBLE_ORT_API);
  const held = await cudaRig(t);
  await t.throwsAsync(open(held.delegate), {message: /ONNX Runtime 1\.7\.0 is too old; 1\.8 or newer is needed/});
});

test.serial('a setting that the library does not know is told by its name', async t => {
  const held = await rig(t, {trt: {trt_sparsity_enable: true}});
  await t.throwsAsync(open(held.delegate), {message: /is being built/});
  await held.log.until(({message}) => /could not be built/.test(message));
  await t.throwsAsync(open(held.delegate), {message: /Unknown provider option: "trt_sparsity_enable"/});
});

for (const [provider, name] of [
  ['tensorrt', /TensorrtExecutionProvider cannot be used/],
  ['cuda', /CUDAExecutionProvider cannot be used/],
] as const) {
  test.serial(`the real library without ${provider} says what is missing`, async t => {
    const hosts = new TestHosts();
    t.teardown(() => hosts.closeAll());
    const alive = setInterval(() => {}, 1 << 30);
    t.teardown(() => clearInterval(alive));
    const sysroot = await fakeRoot(t, {...orinFiles, 'cache/': ''});
    const context = {hosts, sysroot, cacheDir: `${sysroot}/cache`};
    const delegate = createDelegate(jetson, {library: realLibrary(), providers: [provider, 'cpu']}, context);
    const [device] = await delegate.probe();
    t.regex(device?.problem?.reason ?? '', new RegExp(`comes without ${provider}`));
    const asked = async () => delegate.open(model, device!, options);
    if (provider === 'tensorrt') await t.throwsAsync(asked(), {message: /is being built/});
    await t.throwsAsync(untilBuilt(asked), {instanceOf: DelegateUnavailableError, message: name});
  });
}

/** Asks again as long as the answer is that the engine is being built. */
async function untilBuilt(ask: () => Promise<Session>): Promise<Session> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Error && /is being built/.test(error.message))) throw error;
      await new Promise(setImmediate);
    }
  }
}

test.serial('a file that is no model is refused in the library’s words', async t => {
  const held = await cudaRig(t);
  const [device] = await held.delegate.probe();
  const broken = {...model, bytes: model.bytes.slice(0, 100)};
  await t.throwsAsync(held.delegate.open(broken, device!, options), {
    instanceOf: ModelUnsupportedError,
    message: /protobuf parsing failed|invalid/i,
  });
});
