import {join} from 'node:path';
import type {Delegate, DelegateContext, DelegateDefinition} from '../../src/delegate/contract.ts';
import {parseOptions} from '../../src/delegate/options.ts';
import {Sysroot} from '../../src/system/sysroot.ts';
import {EngineBuilder} from './builder.ts';
import {listDevices, takeInventory, whyNothing} from './devices.ts';
import {openModel} from './open.ts';
import {type JetsonOptions, jetsonOptions} from './options.ts';

/** NVIDIA GPUs, of a Jetson or any other machine: ONNX Runtime with TensorRT and CUDA, in a process of its own. */
export const jetson: DelegateDefinition = {
  apiVersion: 1,
  id: 'jetson',
  home: 'isolated',
  create: (options, context) => createJetson(parseOptions(jetsonOptions, options, context.name), context),
};

function createJetson(options: JetsonOptions, context: DelegateContext): Delegate {
  const sysroot = new Sysroot(context.sysroot);
  const builder = new EngineBuilder(join(context.cacheDir, 'trt'), context.log);
  return {
    id: 'jetson',
    home: 'isolated',
    probe: () => listDevices(sysroot, options),
    async absence() {
      return whyNothing(await takeInventory(sysroot, options), options);
    },
    unsupportedReason(model) {
      if (model.format === 'onnx') return undefined;
      return 'a TensorFlow Lite model; TensorRT and CUDA take ONNX: convert it with tf2onnx, or use another delegate';
    },
    async open(model, device, session) {
      return openModel(
        {context, options, builder, inventory: await takeInventory(sysroot, options)},
        model,
        device,
        session,
      );
    },
  };
}
