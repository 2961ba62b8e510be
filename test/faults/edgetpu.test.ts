import {loadVariants} from '../../src/model/variants.ts';
import {EdgetpuDouble} from '../helpers/edgetpu-double.ts';
import {sharedData} from '../helpers/shared-data.ts';
import type {Bed} from './bed.ts';
import {deviceFaults, faultMatrix, libraryFaults} from './matrix.ts';

async function start(): Promise<Bed> {
  const twin = sharedData('models', 'mobilenet_v1_0.25_128_quant.tflite');
  const models = await loadVariants(sharedData('models', 'edgetpu', 'mobilenet_v1_0.25_128_quant_edgetpu.tflite'));
  const double = await EdgetpuDouble.start({twins: [twin]});
  return {
    models: {primary: models.primary, for: id => models.for(id === 'device' ? 'edgetpu' : id)},
    delegate: hosts =>
      double.delegate(
        {},
        {hosts: {connect: request => hosts.connect({...request, env: {...request.env, ...double.env}})}},
      ),
    order: (...lines) => double.control(...lines),
    stop: () => double.stop(),
  };
}

faultMatrix('edgetpu', start, [...libraryFaults(['open', 'run', 'warm-up', 'close']), ...deviceFaults]);
