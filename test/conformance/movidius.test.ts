import {openvinoFolder, realMovidius} from '../delegates/movidius/openvino-library.ts';
import {TestHosts} from '../helpers/hosts.ts';
import {sharedData} from '../helpers/shared-data.ts';
import {conformance} from './suite.ts';

conformance({
  name: 'movidius, with OpenVINO on the processor',
  async start() {
    await openvinoFolder();
    const hosts = new TestHosts();
    return {delegate: await realMovidius(hosts), stop: () => hosts.closeAll()};
  },
  goldens: [
    {model: sharedData('models', 'version-RFB-320.onnx'), error: 1e-9},
    {model: sharedData('models', 'FastestDet.onnx'), error: 1e-9},
    {model: sharedData('models', 'micro_speech_quantized.tflite'), error: 0},
    // 8-bit layers are computed in float between their quantized inputs and outputs.
    {model: sharedData('models', 'mobilenet_v1_0.25_128_quant.tflite'), error: 1e-2},
  ],
  refused: [sharedData('models', 'coco_ssd_mobilenet_v1_1.0_quant_2018_06_29.tflite')],
  openings: 20, // each compiles the model
});
