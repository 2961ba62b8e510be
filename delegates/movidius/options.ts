import {z} from 'zod';

const deviceName = /^[A-Z]+(\.[\w.-]+)?(:-?[\w.()-]+(,-?[\w.()-]+)*)?$/;

/** `delegates.<name>` in dunlin.yaml, for a delegate of the kind `movidius`. */
export const movidiusOptions = z.strictObject({
  library: z
    .string()
    .min(1)
    .optional()
    .describe('libopenvino_c.so, or the folder that holds it; searched in the usual places unless given'),
  device: z
    .string()
    .regex(deviceName, 'expected a device as OpenVINO names it: CPU, GPU.0, NPU, MYRIAD, AUTO:GPU,CPU, HETERO:GPU,CPU')
    .optional()
    .describe('use this device only; every device that the library lists unless given'),
  hint: z.enum(['latency', 'throughput', 'none']).default('latency').describe('PERFORMANCE_HINT'),
  precision: z
    .enum(['f32', 'f16', 'bf16', 'library'])
    .optional()
    .describe("INFERENCE_PRECISION_HINT; f32 on the CPU, the library's choice elsewhere, unless given"),
  threads: z.int().min(1).max(256).optional().describe('INFERENCE_NUM_THREADS, on the CPU'),
  cache: z.boolean().default(true).describe('keep compiled models, so that the next opening takes less time'),
  ir: z
    .record(z.string(), z.string().min(1))
    .default({})
    .describe("model name → .xml file in OpenVINO's own format that is opened in its place; its .bin lies beside"),
  properties: z
    .record(z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'expected a property name in capitals'), z.string())
    .default({})
    .describe('more properties for OpenVINO, as its documentation names them'),
  memoryLimitMb: z.int().min(64).optional().describe('resident memory above which the process counts as leaking'),
});

export type MovidiusOptions = z.output<typeof movidiusOptions>;
