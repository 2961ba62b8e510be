import {setTimeout as sleep} from 'node:timers/promises';
import type {ExecutionContext} from 'ava';
import type {Delegate} from '../../src/delegate/contract.ts';
import {DelegateUnavailableError} from '../../src/error/errors.ts';
import {silentLog} from '../../src/log/log.ts';
import {loadModel} from '../../src/model/load.ts';
import type {Model} from '../../src/model/model.ts';
import {rig} from '../delegates/jetson/setup.ts';
import {sharedData} from '../helpers/shared-data.ts';
import type {Bed} from './bed.ts';
import {deviceFaults, faultMatrix, libraryFaults} from './matrix.ts';

/** With its engine built, so that only opening, running and closing are left to fail. */
async function start(t: ExecutionContext): Promise<Bed> {
  const model = await loadModel(sharedData('models', 'version-RFB-320.onnx'));
  const jetson = await rig(t);
  await build(jetson.delegate, model);
  await jetson.hosts.closeAll();
  return {
    models: {primary: model, for: () => model},
    delegate: hosts => jetson.another({}, undefined, hosts),
    order: (...lines) => jetson.control(...lines),
    stop: () => jetson.hosts.closeAll(),
  };
}

async function build(delegate: Delegate, model: Model): Promise<void> {
  const [device] = await delegate.probe();
  for (;;) {
    try {
      const session = await delegate.open(model, device!, {threads: 1, xnnpack: true, log: silentLog});
      return await session.close();
    } catch (error) {
      if (!(error instanceof DelegateUnavailableError)) throw error;
      await sleep(20); // being built
    }
  }
}

/** An engine that does not load in time is built anew, and a build that fails rests for a minute: test/delegates/jetson/engines. */
const quick = libraryFaults(['open', 'run', 'warm-up', 'close']).filter(({name}) => name !== 'hang at open');

faultMatrix('jetson', start, [...quick, ...deviceFaults]);
