import {z} from 'zod';

/**
 * `model.json`: everything a decoder needs that the model file does not say in a standard way.
 * A model without one gets a manifest inferred once (`src/model/infer.ts`), with the reason for every field.
 */
const normalization = z
  .union([
    z.literal('as-quantized'),
    z.strictObject({
      mean: z.array(z.number()).min(1).max(4),
      std: z.array(z.number().positive()).min(1).max(4),
    }),
  ])
  .describe(
    '"as-quantized": the 8-bit pixel is the quantized value (int8: pixel − 128); else real = (pixel − mean) / std, pixel 0–255',
  );

export const inputSchema = z.strictObject({
  index: z.int().min(0).describe("position among the model file's inputs"),
  role: z.enum(['image', 'state', 'tensor']),
  width: z.int().positive().optional(),
  height: z.int().positive().optional(),
  layout: z.enum(['nhwc', 'nchw']).optional(),
  colorOrder: z.enum(['rgb', 'bgr', 'gray']).optional(),
  normalization: normalization.optional(),
  fit: z.enum(['stretch', 'letterbox', 'letterbox-corner', 'crop']).optional(),
  filter: z.enum(['nearest', 'bilinear', 'bilinear-point']).optional(),
  padValue: z.int().min(0).max(255).optional(),
});

export const outputRoles = [
  'scores', // class scores or logits
  'boxes', // box coordinates or regressions
  'classes', // class index per box (post-processed detection)
  'count', // number of valid boxes (post-processed detection)
  'predictions', // boxes, objectness and class scores in one tensor (YOLOX)
  'logits', // per-pixel class logits or scores
  'labels', // per-pixel class index
  'state', // fed back into the input `feeds`
  'ignored',
] as const;

export const outputSchema = z.strictObject({
  index: z.int().min(0),
  role: z.enum(outputRoles),
  feeds: z.int().min(0).optional().describe('role "state": the input that gets this tensor before the next run'),
  layout: z.enum(['nhwc', 'nchw']).optional().describe("per-pixel outputs and grids; the picture input's unless given"),
});

/** Families are decoders; a row each in `src/task/table.ts`. */
export const families = {
  classify: ['scores'],
  detect: ['ssd-postprocess', 'ssd-anchors', 'blazeface', 'ultraface', 'yolox', 'fastestdet'],
  segment: ['semantic'],
  tensor: ['raw'],
} as const;

const file = z.strictObject({
  file: z.string().min(1).describe('relative to model.json'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});

/** A file like the others', or the files that the model is cut into. */
const fileOrSegments = z
  .strictObject({
    ...file.shape,
    file: file.shape.file.optional(),
    segments: z
      .array(z.string().min(1))
      .min(2)
      .optional()
      .describe(
        'instead of file: files that run one after another, each on a device of its own; relative to model.json',
      ),
  })
  .refine(entry => (entry.file === undefined) !== (entry.segments === undefined), 'give either "file" or "segments"')
  .transform(({file: name = '', sha256, segments}): z.infer<typeof file> | {segments: string[]} =>
    segments === undefined ? {file: name, ...(sha256 !== undefined && {sha256})} : {segments},
  );

export const decodeSchema = z.strictObject({
  activation: z.enum(['none', 'softmax', 'sigmoid']).optional().describe('applied to scores by the decoder'),
  scoreThreshold: z.number().min(0).max(1).optional(),
  nms: z
    .strictObject({
      iou: z.number().min(0).max(1),
      classAgnostic: z.boolean().optional(),
      maxDetections: z.int().positive().optional(),
    })
    .optional(),
  strides: z.array(z.int().positive()).optional().describe('grid cell sizes in input pixels, in output order (yolox)'),
  boxes: z
    .enum(['grid', 'pixels'])
    .optional()
    .describe('yolox: offsets and logarithms per cell (default), or centre and size in input pixels'),
  anchors: z
    .strictObject({
      strides: z.array(z.int().positive()),
      perCell: z.array(z.int().positive()).describe('anchors per grid cell, one number per stride'),
      scaleXy: z.number().positive().optional().describe('divisor of centre regressions'),
      scaleWh: z.number().positive().optional().describe('divisor of size regressions'),
      minScale: z.number().positive().optional().describe('SSD generator: anchor size on the first stride, 0–1'),
      maxScale: z.number().positive().optional().describe('SSD generator: anchor size on the last stride, 0–1'),
      aspectRatios: z.array(z.number().positive()).optional().describe('SSD generator: width / height, in order'),
      reduceLowest: z.boolean().optional().describe('SSD generator: three anchors per cell on the first stride'),
    })
    .optional(),
  labelOffset: z.int().optional().describe("added to the model's class index to get the label's line"),
  backgroundIndex: z.int().min(0).optional().describe('class that is never reported'),
});

export const manifestSchema = z.strictObject({
  $schema: z.string().optional(),
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/i),
  version: z.string().default('1'),
  description: z.string().optional(),
  task: z.enum(['classify', 'detect', 'segment', 'tensor']),
  family: z.enum([...families.classify, ...families.detect, ...families.segment, ...families.tensor]),
  license: z.string().optional(),
  source: z.string().optional().describe('where the model came from, a URL or a sentence'),
  variants: z
    .strictObject({
      cpu: file.optional(),
      edgetpu: fileOrSegments.optional(),
      movidius: file.optional(),
      jetson: file.optional(),
      remote: file.optional(),
    })
    .describe('the file each delegate loads'),
  inputs: z.array(inputSchema).min(1),
  outputs: z.array(outputSchema).min(1),
  decode: decodeSchema.default({}),
  labels: z.union([z.array(z.string()), z.strictObject({file: z.string().min(1)})]).optional(),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestInput = z.infer<typeof inputSchema>;
export type ManifestOutput = z.infer<typeof outputSchema>;
export type DecodeOptions = z.infer<typeof decodeSchema>;
export type OutputRole = (typeof outputRoles)[number];
export type VariantName = keyof Manifest['variants'];
/** One file, or the segments that a model is cut into. */
export type VariantEntry = NonNullable<Manifest['variants'][VariantName]>;
export type Family = Manifest['family'];
