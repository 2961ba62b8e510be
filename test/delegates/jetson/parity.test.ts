import {readFile} from 'node:fs/promises';
import {basename} from 'node:path';
import test from 'ava';
import {cpu} from '../../../delegates/cpu/index.ts';
import {jetson} from '../../../delegates/jetson/index.ts';
import type {Session} from '../../../src/delegate/contract.ts';
import {RunError} from '../../../src/error/errors.ts';
import {readJpegHeader} from '../../../src/image/jpeg-header.ts';
import {silentLog} from '../../../src/log/log.ts';
import {loadModel} from '../../../src/model/load.ts';
import type {Model} from '../../../src/model/model.ts';
import {fillInputs} from '../../conformance/inputs.ts';
import {type StoredCase, storedCases} from '../../helpers/cases.ts';
import {createDelegate} from '../../helpers/delegate.ts';
import {TestHosts} from '../../helpers/hosts.ts';
import {sharedData} from '../../helpers/shared-data.ts';
import {realLibrary} from './setup.ts';

const hosts = new TestHosts();
test.after.always(() => hosts.closeAll());

/** The same model through onnxruntime-node and through the C library in a process of its own. */
async function openBoth(model: Model): Promise<{reference: Session; hosted: Session; close(): Promise<unknown>}> {
  const delegate = createDelegate(jetson, {library: realLibrary(), providers: ['cpu']}, {hosts});
  const options = {threads: 1, xnnpack: true, log: silentLog};
  const [device] = await delegate.probe();
  const hosted = await delegate.open(model, device!, options);
  const oracle = createDelegate(cpu);
  const reference = await oracle.open(model, (await oracle.probe())[0]!, options);
  return {reference, hosted, close: () => Promise.all([reference.close(), hosted.close()])};
}

const isPicture = ({source}: StoredCase) => /\.jpg$/.test(source ?? '');

for (const stored of storedCases('.onnx').filter(isPicture)) {
  test(`${stored.case}: the C library gives the bytes of onnxruntime-node`, async t => {
    const model = await loadModel(sharedData(stored.model));
    const {reference, hosted, close} = await openBoth(model);
    t.teardown(close);
    const data = await readFile(sharedData('images', basename(stored.source)));
    const {width, height} = readJpegHeader(data)!;
    const frame = {sequence: 0, capturedAtNs: 0n, wallClockMs: 0, width, height, format: 'jpeg', data} as const;
    const picture = {frame, inputIndex: model.image!.index, input: model.image!.input};
    const wanted = await reference.run(picture);
    const {outputs, timing} = await hosted.run(picture);
    t.deepEqual(
      outputs.map(({name, dtype, shape}) => ({name, dtype, shape: [...shape]})),
      wanted.outputs.map(({name, dtype, shape}) => ({name, dtype, shape: [...shape]})),
    );
    for (const [index, tensor] of wanted.outputs.entries()) t.deepEqual(outputs[index]!.data, tensor.data);
    t.log(`${timing.runMs.toFixed(1)} ms, ${wanted.timing.runMs.toFixed(1)} ms in this process`);
  });
}

/** Models whose stored cases are no pictures, or whose shapes are known only after a run. */
const others = ['ch_PP-OCRv4_det_infer', 'ch_PP-OCRv4_rec_infer', 'ch_ppocr_mobile_v2.0_cls_infer'];

for (const name of others) {
  test(`${name}, which leaves dimensions open, gives the bytes of onnxruntime-node`, async t => {
    const model = await loadModel(sharedData('models', `${name}.onnx`));
    const {reference, hosted, close} = await openBoth(model);
    t.teardown(close);
    for (const seed of [1, 2, 3]) {
      for (const session of [reference, hosted]) fillInputs(session.inputs, seed);
      const wanted = await reference.run();
      const {outputs} = await hosted.run();
      for (const [index, tensor] of wanted.outputs.entries()) {
        t.deepEqual([...outputs[index]!.shape], [...tensor.shape]);
        t.deepEqual(outputs[index]!.data, tensor.data);
      }
    }
  });
}

test('a run that the library refuses is an error of that run, in its words', async t => {
  const {hosted, close} = await openBoth(await loadModel(sharedData('models', 'silero_vad.onnx')));
  t.teardown(close);
  for (let round = 0; round < 2; round++) {
    await t.throwsAsync(hosted.run(), {instanceOf: RunError, message: /Non-zero status code returned while running/});
  }
});
