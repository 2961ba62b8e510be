import {rm} from 'node:fs/promises';
import {dirname} from 'node:path';
import {external} from '../../delegates/external/index.ts';
import {buildDouble} from '../helpers/build-double.ts';
import {createDelegate} from '../helpers/delegate.ts';
import {TestHosts} from '../helpers/hosts.ts';
import {openRuntime} from '../helpers/runtimes.ts';
import {sharedData} from '../helpers/shared-data.ts';
import {conformance} from './suite.ts';

const twin = sharedData('models', 'mobilenet_v1_0.25_128_quant.tflite');
const small = sharedData('models', 'hello_world_float.tflite');

conformance({
  name: 'external, with the double of libedgetpu',
  async start() {
    const hosts = new TestHosts();
    const library = await buildDouble('edgetpu-abi29-delegate');
    const env = {
      DUNLIN_EDGETPU_DOUBLE_TFLITE: (await openRuntime('2.21.0')).path,
      DUNLIN_EDGETPU_DOUBLE_TWINS: twin,
    };
    return {
      delegate: createDelegate(external, {library, env}, {hosts}),
      async stop() {
        await hosts.closeAll();
        await rm(dirname(library), {recursive: true, force: true});
      },
    };
  },
  goldens: [
    {model: sharedData('models', 'edgetpu', 'mobilenet_v1_0.25_128_quant_edgetpu.tflite'), twin, error: 0},
    {model: small, error: 0}, // nothing for the library: all of it runs beside it
  ],
  openings: 300,
  refused: [sharedData('models', 'silero_vad.onnx')],
});
