import {z} from 'zod';
import {nearest} from '../error/nearest.ts';
import {eventOptionsSchema} from '../event/options.ts';
import {sourceOptionsSchema} from '../source/options.ts';
import {choicesSchema} from './delegates.ts';

/** Topics `<prefix>/<node>/…` that a pipeline of the same name would collide with. */
export const reservedNames = ['status', 'info', 'health', 'wake', 'request', 'response'] as const;

/** Name of a pipeline: one MQTT topic level, and safe as a file name. */
export const pipelineName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/i, 'a name of letters, digits, - and _ (at most 63)')
  .refine(name => !(reservedNames as readonly string[]).includes(name), {
    error: `a name other than ${reservedNames.join(', ')}, which are topics of the node itself`,
  });

const fraction = z.number().min(0).max(1);

const region = z
  .strictObject({
    x: fraction.describe('left edge, fraction of the frame width'),
    y: fraction.describe('upper edge, fraction of the frame height'),
    width: z.number().gt(0).max(1).describe('fraction of the frame width'),
    height: z.number().gt(0).max(1).describe('fraction of the frame height'),
  })
  .describe('part of the frame that the model looks at; the whole frame when absent');

/** The `model` key, of pipelines and of served models. */
export const modelReference = z
  .union([
    z.string().min(1),
    z.strictObject({
      path: z
        .string()
        .min(1)
        .describe('a .tflite or .onnx file, a folder with model.json, or the name of a shipped model'),
      manifest: z.string().min(1).optional().describe('a model.json to use instead of what the model says'),
      labels: z.string().min(1).optional().describe('a text file, line i naming class i'),
    }),
  ])
  .transform(value => (typeof value === 'string' ? {path: value} : value))
  .describe('a .tflite or .onnx file, a folder with model.json, or the name of a shipped model');

/** How a source URI may begin; `src/source/open.ts` opens them. */
export const sourceSchemes: readonly string[] = [
  ...['file', 'rtsp', 'rtsps', 'http', 'https', 'v4l2', 'rpicam', 'raspistill', 'stdin', 'push', 'test'],
];

const sourceUri = z
  .string()
  .min(1)
  .superRefine((uri, context) => {
    const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(uri)?.[1];
    if (scheme === undefined || sourceSchemes.includes(scheme)) return;
    const near = nearest(scheme, sourceSchemes);
    context.addIssue({
      code: 'custom',
      message: `a path, or a URI that begins with ${sourceSchemes.map(known => `${known}:`).join(', ')}`,
      params: {hint: near ? `Did you mean "${near}:"?` : 'A file whose name has a colon is written as ./NAME.'},
    });
  })
  .describe('an image, folder, glob or video file, rtsp://…, http://…, v4l2:/dev/video0, rpicam:, test:');

const sourceSchema = sourceOptionsSchema.extend({uri: sourceUri});

const source = z
  .union([z.string().min(1), sourceSchema])
  .transform((value, context) => {
    if (typeof value !== 'string') return value;
    const parsed = sourceSchema.safeParse({uri: value});
    if (parsed.success) return parsed.data;
    for (const {path: _, ...issue} of parsed.error.issues) context.issues.push({...issue, input: value} as never);
    return z.NEVER;
  })
  .describe('where frames come from: a URI, or a mapping with uri and options');

const snapshots = z
  .strictObject({
    everyS: z.number().min(0.1).max(86_400).optional().describe('publish a snapshot this often, seconds'),
    onEvent: z.boolean().default(false).describe('publish a snapshot when an event starts'),
    quality: z.int().min(1).max(100).default(80).describe('JPEG quality'),
  })
  .describe('JPEG pictures with the result drawn on them; none when absent');

const results = z
  .union([
    z.literal(['all', 'none']),
    z.strictObject({everyMs: z.int().min(1).max(86_400_000).describe('at most one result in this time')}),
  ])
  .default('all')
  .describe('how often a frame’s result is published');

/** One pipeline: one source through one model. */
export const pipelineSchema = z.strictObject({
  source,
  model: modelReference,
  delegates: choicesSchema,
  share: z
    .number()
    .min(0.1)
    .max(100)
    .default(1)
    .describe('weight among the pipelines that share a device: with 2, twice the time of one with 1'),
  runTimeoutMs: z
    .int()
    .min(1)
    .max(600_000)
    .optional()
    .describe('a run that takes longer has hung, and the device is given up; follows the measured runs when absent'),
  threshold: fraction.optional().describe("lowest score that the decoder reports; the model's own when absent"),
  rules: eventOptionsSchema.prefault({}).describe('rules that turn results into events'),
  region: region.optional(),
  maxAgeMs: z.int().min(1).max(3_600_000).optional().describe('a result older than this is dropped; never when absent'),
  maxFps: z
    .number()
    .gt(0)
    .max(1000)
    .optional()
    .describe('frames per second to run at most; as fast as it goes when absent'),
  threads: z.int().min(1).max(64).optional().describe('threads of one run; runtime.threads when absent'),
  snapshots: snapshots.optional(),
  results,
  enabled: z.boolean().default(true).describe('false keeps the pipeline configured but not running'),
});

/** Options of one pipeline, as the daemon gets them. */
export type PipelineOptions = z.output<typeof pipelineSchema>;
