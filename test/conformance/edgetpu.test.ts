import {EdgetpuDouble} from '../helpers/edgetpu-double.ts';
import {sharedData} from '../helpers/shared-data.ts';
import {conformance, type Golden} from './suite.ts';

const names = ['mobilenet_v1_0.25_128_quant', 'split_concat'];
const twins = names.map(name => sharedData('models', `${name}.tflite`));

conformance({
  name: 'edgetpu, on its double',
  async start() {
    const double = await EdgetpuDouble.start({twins});
    return {delegate: double.delegate(), stop: () => double.stop()};
  },
  goldens: names.map((name, index) => ({
    model: sharedData('models', 'edgetpu', `${name}_edgetpu.tflite`),
    twin: twins[index]!,
    error: 0,
  })) as [Golden, ...Golden[]],
  openings: 300,
  refused: [sharedData('models', 'traffic_model.tflite'), sharedData('models', 'silero_vad.onnx')],
});
