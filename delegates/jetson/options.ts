import {z} from 'zod';
import {nearest} from '../../src/error/nearest.ts';
import {cudaSettings, refusedSettings, type Setting, trtSettings} from './trt-keys.ts';

export const providerIds = ['tensorrt', 'cuda', 'cpu'] as const;
export type Provider = (typeof providerIds)[number];

const mostWorkspaceMiB = 65_536;

/** Options under `delegates.jetson` of the configuration; docs/delegates/jetson.md tells each. */
export const jetsonOptions = z.strictObject({
  /** Path of libonnxruntime.so; searched in the usual folders unless given. */
  library: z.string().startsWith('/', 'expected an absolute path of libonnxruntime.so').optional(),
  /** What computes, in this order; those that the library has unless given. */
  providers: z
    .array(z.enum(providerIds))
    .min(1)
    .refine(list => new Set(list).size === list.length, 'expected each provider once')
    .optional(),
  precision: z.enum(['fp32', 'fp16', 'int8']).default('fp16'),
  /** A deep learning accelerator, by its number, instead of the GPU. */
  dla: z.int().min(0).max(1).optional(),
  /** File with the ranges of a model that is quantized for int8 while the engine is built. */
  calibrationTable: z.string().startsWith('/', 'expected an absolute path').optional(),
  /** Memory that TensorRT may use while it builds and runs. */
  workspaceMiB: z.int().min(1).max(mostWorkspaceMiB).optional(),
  trt: settings(trtSettings),
  cuda: settings(cudaSettings),
});

export type JetsonOptions = z.output<typeof jetsonOptions>;

/** A map of known keys to text as the library reads it: flags as 1 and 0. */
function settings(known: Readonly<Record<string, Setting>>) {
  return z
    .record(z.string(), z.union([z.boolean(), z.number(), z.string()]))
    .default({})
    .transform((given, context) => {
      const texts: Record<string, string> = {};
      for (const [key, value] of Object.entries(given)) {
        const text = settingText(key, value, known);
        if ('problem' in text) context.addIssue({code: 'custom', path: [key], message: text.problem});
        else texts[key] = text.value;
      }
      return texts;
    });
}

function settingText(
  key: string,
  value: boolean | number | string,
  known: Readonly<Record<string, Setting>>,
): {value: string} | {problem: string} {
  if (Object.hasOwn(refusedSettings, key)) return {problem: `expected to be left out: ${refusedSettings[key]}`};
  const setting = Object.hasOwn(known, key) ? known[key] : undefined;
  if (setting === undefined) {
    const meant = nearest(key, Object.keys(known));
    return {
      problem: `expected ${meant === undefined ? 'a key' : `${meant} or another key`} of docs/delegates/jetson.md`,
    };
  }
  switch (setting.kind) {
    case 'flag':
      if (value === true || value === 1) return {value: '1'};
      return value === false || value === 0 ? {value: '0'} : {problem: 'expected true or false'};
    case 'integer':
      return Number.isSafeInteger(value) ? {value: String(value)} : {problem: 'expected a whole number'};
    case 'text':
      return typeof value === 'string' && value !== '' ? {value} : {problem: 'expected text'};
  }
}
