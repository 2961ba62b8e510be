import {cpus} from 'node:os';
import type {Delegate, Device} from '../../src/delegate/contract.ts';
import {openTflite} from './tflite.ts';

/** The processor: TFLite with XNNPACK, and onnxruntime for ONNX, loaded only when an ONNX model is opened. */
export const cpu: Delegate = {
  apiVersion: 1,
  id: 'cpu',
  async probe(): Promise<readonly Device[]> {
    const cores = cpus();
    return [{id: 'cpu', name: `${cores[0]?.model.trim() || process.arch}, ${cores.length} cores`}];
  },
  unsupportedReason(model) {
    const {edgetpuCompiled, hazards} = model.header;
    if (edgetpuCompiled) {
      return 'compiled for the Edge TPU (operator edgetpu-custom-op); the CPU needs the model it was compiled from';
    }
    return hazards?.[0];
  },
  async open(model, _device, options) {
    if (model.format === 'tflite') return openTflite(model, options);
    const {openOnnx} = await import('./onnx.ts');
    return openOnnx(model, options);
  },
};
