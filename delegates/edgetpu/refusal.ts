import type {Model} from '../../src/model/model.ts';

/** Why the Edge TPU cannot run a model; undefined when it can. */
export function refusal(model: Model): string | undefined {
  const twin = model.twinNote === undefined ? '' : `; ${model.twinNote}`;
  if (model.format !== 'tflite') {
    return `an ONNX model; the Edge TPU runs TFLite models that edgetpu_compiler has compiled${twin}`;
  }
  const uncompiled = (model.segments ?? [model]).find(({header}) => !header.edgetpuCompiled);
  if (uncompiled) {
    const name = model.segments ? `segment ${uncompiled.path} is ` : '';
    return `${name}not compiled for the Edge TPU: it has no operator edgetpu-custom-op; compile the fully 8-bit quantized model with edgetpu_compiler${twin}`;
  }
  return model.header.hazards?.[0];
}
