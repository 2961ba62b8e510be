import {basename} from 'node:path';
import {remote} from '../../delegates/remote/index.ts';
import {createDelegate} from '../helpers/delegate.ts';
import {startServing} from '../helpers/serving.ts';
import {sharedData} from '../helpers/shared-data.ts';
import {conformance} from './suite.ts';

const files = [
  sharedData('models', 'mobilenet_v1_0.25_128_quant.tflite'),
  sharedData('models', 'hello_world_float.tflite'),
  sharedData('models', 'version-RFB-320.onnx'),
] as const;

conformance({
  name: 'remote, another Dunlin',
  async start() {
    const named = files.map(file => [basename(file).replace(/\.\w+$/, ''), {model: file, threads: 1}] as const);
    const serving = await startServing({models: Object.fromEntries(named)});
    await Promise.all(named.map(([name]) => serving.opened(name)));
    const delegate = createDelegate(remote, {url: serving.url});
    return {delegate, stop: () => serving.stop()};
  },
  goldens: [
    {model: files[0], error: 0},
    {model: files[1], error: 0},
    {model: files[2], error: 0},
  ],
  refused: [],
  openings: 1000,
});
