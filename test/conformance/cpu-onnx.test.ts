import {cpu} from '../../delegates/cpu/index.ts';
import {createDelegate} from '../helpers/delegate.ts';
import {sharedData} from '../helpers/shared-data.ts';
import {conformance} from './suite.ts';

conformance({
  name: 'cpu, ONNX',
  start: async () => ({delegate: createDelegate(cpu), stop: async () => {}}),
  goldens: [
    {model: sharedData('models', 'version-RFB-320.onnx'), error: 0},
    {model: sharedData('models', 'FastestDet.onnx'), error: 0},
  ],
  refused: [],
  openings: 100,
});
