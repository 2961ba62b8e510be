import {createRequire} from 'node:module';
import {dunlinVersion} from './package-root.ts';
import {findTflite} from './runtime.ts';

/** What identifies the engine that runs a format: its version, where it was found, and Dunlin's own version. A trial's verdict holds for that alone. */
export function engineKey(format: 'tflite' | 'onnx'): string {
  if (format === 'tflite') {
    const {version, path} = findTflite();
    return `tflite ${version} ${path} ${dunlinVersion()}`;
  }
  const {version} = createRequire(import.meta.url)('onnxruntime-node/package.json') as {version: string};
  return `onnxruntime ${version} ${dunlinVersion()}`;
}
