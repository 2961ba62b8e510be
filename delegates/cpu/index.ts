import {cpus} from 'node:os';
import type {Delegate, DelegateDefinition, Device} from '../../src/delegate/contract.ts';
import {parseOptions} from '../../src/delegate/options.ts';
import {openIsolated} from './isolated.ts';
import {cpuOptionsSchema} from './options.ts';
import {openTflite} from './tflite.ts';

/** The processor: TFLite with XNNPACK, and onnxruntime for ONNX, loaded only when an ONNX model is opened. */
export const cpu: DelegateDefinition = {
  apiVersion: 1,
  id: 'cpu',
  home: 'in-process',
  create(options, {name, hosts}) {
    const {isolated} = parseOptions(cpuOptionsSchema, options, name);
    if (!isolated) return inProcess;
    return {
      ...inProcess,
      home: 'isolated',
      open: (model, _device, sessionOptions) => openIsolated(model, name, hosts, sessionOptions),
    };
  },
};

const inProcess: Delegate = {
  id: 'cpu',
  home: 'in-process',
  async probe(): Promise<readonly Device[]> {
    const cores = cpus();
    return [{id: 'cpu', name: `${cores[0]?.model.trim() || process.arch}, ${cores.length} cores`}];
  },
  async absence() {
    return {reason: 'there is no processor', remedy: 'Report this as a bug.'};
  },
  unsupportedReason(model) {
    const {edgetpuCompiled, hazards} = model.header;
    if (edgetpuCompiled) {
      const twin = model.twinNote === undefined ? '' : `; ${model.twinNote}`;
      return `compiled for the Edge TPU (operator edgetpu-custom-op); the CPU needs the model it was compiled from${twin}`;
    }
    return hazards?.[0];
  },
  async open(model, _device, options) {
    if (model.format === 'tflite') return openTflite(model, options);
    const {openOnnx} = await import('./onnx.ts');
    return openOnnx(model, options);
  },
};
