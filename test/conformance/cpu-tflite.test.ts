import {cpu} from '../../delegates/cpu/index.ts';
import {createDelegate} from '../helpers/delegate.ts';
import {sharedData} from '../helpers/shared-data.ts';
import {conformance} from './suite.ts';

conformance({
  name: 'cpu, TFLite',
  start: async () => ({delegate: createDelegate(cpu), stop: async () => {}}),
  goldens: [
    {model: sharedData('models', 'mobilenet_v1_0.25_128_quant.tflite'), error: 0},
    {model: sharedData('models', 'split_concat.tflite'), error: 0},
    {model: sharedData('models', 'hello_world_float.tflite'), error: 0},
  ],
  refused: [sharedData('models', 'edgetpu', 'mobilenet_v1_0.25_128_quant_edgetpu.tflite')],
});
