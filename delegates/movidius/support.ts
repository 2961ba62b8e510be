import type {Model} from '../../src/model/model.ts';
import {abilitiesOf} from './version.ts';

/** Operators of models that were quantized to 8 bits. */
const quantized = /^(QuantizeLinear|DequantizeLinear|DynamicQuantizeLinear|QLinear\w+|\w+Integer|FakeQuantize)$/;

/**
 * Why OpenVINO of this version would refuse the model on that device, as far as the file's header tells.
 *
 * @see https://docs.openvino.ai/2022.3/openvino_docs_OV_UG_supported_plugins_Supported_Devices.html for MYRIAD: FP16 only
 */
export function refusal(model: Model, deviceId: string, version: string): string | undefined {
  const {edgetpuCompiled, customOps, operators} = model.header;
  if (edgetpuCompiled) return 'compiled for the Edge TPU; OpenVINO needs the model it was compiled from';
  if (model.format === 'tflite' && !abilitiesOf(version).readsTflite) {
    return `${version} reads ONNX and its own IR, no TFLite (OpenVINO 2023.0 and later do)`;
  }
  if (model.format === 'tflite' && customOps.length > 0) {
    return `OpenVINO does not know the custom operator ${customOps.join(', ')}`;
  }
  const eightBit = operators.find(({name}) => quantized.test(name));
  if (isMyriad(deviceId) && eightBit !== undefined) {
    return `quantized to 8 bits (operator ${eightBit.name}); a Myriad computes in FP16 only: give the float model`;
  }
  return undefined;
}

/** `MYRIAD`, or one of several by its address: `MYRIAD.1.2-ma2480`. */
export function isMyriad(deviceId: string): boolean {
  return /^MYRIAD(\.|$)/.test(deviceId);
}
