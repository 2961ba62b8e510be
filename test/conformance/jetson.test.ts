import {jetson} from '../../delegates/jetson/index.ts';
import {realLibrary} from '../delegates/jetson/setup.ts';
import {createDelegate} from '../helpers/delegate.ts';
import {TestHosts} from '../helpers/hosts.ts';
import {sharedData} from '../helpers/shared-data.ts';
import {conformance} from './suite.ts';

conformance({
  name: 'jetson, with ONNX Runtime on the processor',
  async start() {
    const hosts = new TestHosts();
    const delegate = createDelegate(jetson, {library: realLibrary(), providers: ['cpu']}, {hosts});
    return {delegate, stop: () => hosts.closeAll()};
  },
  goldens: [
    {model: sharedData('models', 'version-RFB-320.onnx'), error: 0},
    {model: sharedData('models', 'FastestDet.onnx'), error: 0},
  ],
  refused: [sharedData('models', 'hello_world_float.tflite')],
  openings: 200,
});
