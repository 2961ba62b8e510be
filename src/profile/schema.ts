import {z} from 'zod';

const score = z.int().min(1).max(1000).describe('how sure this sign makes us; the scores of all matching signs add up');
const pattern = z
  .string()
  .min(1)
  .refine(isRegExp, {error: 'a regular expression'})
  .describe('regular expression, case-sensitive, unanchored');

/** Signs by which a board is known. */
export const fingerprintSchema = z.discriminatedUnion('is', [
  z.strictObject({is: z.literal('device-tree-compatible'), value: z.string().min(1), score}),
  z.strictObject({is: z.literal('device-tree-model'), pattern, score}),
  z.strictObject({is: z.literal('dmi'), field: z.string().min(1), pattern, score}),
  z.strictObject({is: z.literal('cpuinfo'), field: z.string().min(1), pattern, score}),
  z.strictObject({is: z.literal('tegra-release'), pattern, score}),
  z.strictObject({is: z.literal('usb'), id: z.string().regex(/^[0-9a-f]{4}:[0-9a-f]{4}$/), score}),
  z.strictObject({is: z.literal('pci'), id: z.string().regex(/^[0-9a-f]{4}:[0-9a-f]{4}$/), score}),
  z.strictObject({is: z.literal('file'), path: z.string().startsWith('/'), score}),
  z.strictObject({is: z.literal('arch'), value: z.string().min(1), score}),
]);

const delegateList = z.array(z.string().regex(/^[a-z][a-z0-9-]*$/)).min(1);

/** Kinds of model that delegates differ in. */
export const modelKinds = ['tflite', 'tflite-edgetpu', 'onnx'] as const;

const source = z.strictObject({
  title: z.string().min(1),
  url: z.url({protocol: /^https$/}).optional(),
  note: z.string().optional().describe('what in it says so, or how it was measured'),
});

const celsius = z.number().min(20).max(150);

/** `device-profiles/*.json`. */
export const profileSchema = z.strictObject({
  $schema: z.string().optional(),
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'letters, digits and hyphens'),
  name: z.string().min(1).describe('for people'),
  generic: z.boolean().default(false).describe('a last resort for boards that no other profile knows'),
  fingerprints: z.array(fingerprintSchema).min(1),
  cpu: z.strictObject({cores: z.int().min(1).max(512), core: z.string().min(1)}).optional(),
  delegates: z.partialRecord(z.enum(modelKinds), delegateList).describe('delegates to try, in order, by kind of model'),
  threads: z.int().min(1).max(64).describe('threads of one run on the CPU; one core is left to the rest of the daemon'),
  cameras: z.array(z.string().min(1)).describe('source URIs to try, best first, when the configuration names none'),
  ffmpeg: z
    .strictObject({
      hwaccel: z.enum(['none', 'auto', 'v4l2m2m', 'drm', 'vaapi', 'cuda', 'nvmpi', 'qsv', 'rkmpp']),
      maxDecodeHeight: z
        .int()
        .positive()
        .optional()
        .describe('pixels; taller video is decoded in software or not in time'),
    })
    .describe('hardware decoding'),
  memory: z
    .strictObject({
      totalMiB: z.array(z.int().positive()).min(1).describe('sizes this board is sold with'),
    })
    .optional(),
  thermal: z
    .strictObject({
      throttleC: celsius.describe('the board slows itself down from here'),
      limitC: celsius.optional().describe('never above: the hardest throttling, or the power goes off'),
    })
    .optional(),
  glibc: z
    .string()
    .regex(/^\d+\.\d+$/)
    .optional()
    .describe('of the system that the maker ships, newest release'),
  notes: z.array(z.string().min(1)).default([]),
  sources: z
    .record(z.string().regex(/^[a-zA-Z][a-zA-Z0-9.-]*$/, 'a dotted path of this profile'), source)
    .describe('where each number comes from, by dotted path; a path covers what lies below it'),
});

export type Profile = z.infer<typeof profileSchema>;
export type Fingerprint = z.infer<typeof fingerprintSchema>;
export type ModelKind = (typeof modelKinds)[number];

function isRegExp(text: string): boolean {
  try {
    return new RegExp(text, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}
