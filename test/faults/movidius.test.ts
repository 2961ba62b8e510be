import {loadModel} from '../../src/model/load.ts';
import {OpenvinoDouble} from '../helpers/openvino-double.ts';
import {sharedData} from '../helpers/shared-data.ts';
import type {Bed} from './bed.ts';
import {deviceFaults, faultMatrix, libraryFaults} from './matrix.ts';

async function start(): Promise<Bed> {
  const model = await loadModel(sharedData('models', 'version-RFB-320.onnx'));
  const double = await OpenvinoDouble.start();
  return {
    models: {primary: model, for: () => model},
    delegate: hosts =>
      double.delegate(
        {},
        {hosts: {connect: request => hosts.connect({...request, env: {...request.env, ...double.env}})}},
      ),
    async order(...lines) {
      await double.control(...lines);
      if (lines.includes('vanish=1')) await double.pullOut();
      if (lines.length === 0) await double.plugIn('unbooted');
    },
    stop: () => double.stop(),
  };
}

/** A library that takes other models but not this one has refused it: that is final, and no fault to recover from. */
const recoverable = libraryFaults(['open', 'run', 'warm-up', 'close']).filter(({name}) => name !== 'fail at open');

faultMatrix('movidius', start, [...recoverable, ...deviceFaults]);
