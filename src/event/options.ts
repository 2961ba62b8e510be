import {z} from 'zod';

const score = z.number().min(0).max(1);
const fraction = z.number().min(0).max(1);
const labelNames = z.array(z.string().min(1)).min(1);
const seconds = z.number().min(0).max(86_400);

const threshold = z.union([
  score,
  z
    .strictObject({
      enter: score.describe('score from which the label counts as seen'),
      exit: score.optional().describe('an occurrence lasts while the score stays at or above this; enter when absent'),
    })
    .refine(({enter, exit = enter}) => exit <= enter, {error: 'exit at or below enter', path: ['exit']}),
]);

const polygon = z
  .array(z.tuple([fraction, fraction]))
  .min(3)
  .max(100);

/** Rules that turn one pipeline's results into events and counts. */
export const eventOptionsSchema = z.strictObject({
  threshold: threshold
    .optional()
    .describe(
      'score from which a label counts; for segmentation the share of the frame. When absent: 0.5 (classify), 0.01 (segment), whatever the decoder reports (detect)',
    ),
  thresholds: z.record(z.string().min(1), threshold).default({}).describe('threshold by label, instead of `threshold`'),
  labels: labelNames.optional().describe('only these labels count; all when absent'),
  ignore: labelNames.optional().describe('these labels never count'),
  confirm: z
    .strictObject({
      frames: z.int().min(1).max(1000).describe('frames in which the label must be seen …'),
      of: z.int().min(1).max(1000).describe('… among this many last frames'),
    })
    .refine(({frames, of}) => frames <= of, {error: 'frames at or below of', path: ['frames']})
    .default({frames: 1, of: 1})
    .describe('how often a label must be seen before it starts an event'),
  endAfterS: seconds.default(2).describe('an occurrence ends when its label was not seen for this long …'),
  endAfterFrames: z.int().min(1).max(10_000).default(1).describe('… and in this many frames in a row'),
  cooldownS: seconds.default(0).describe('no new event of a label for this long after one has ended'),
  updateEveryS: seconds
    .default(5)
    .describe('an update event at most this often while the label is seen; 0: with every frame'),
  minArea: fraction.default(0).describe('smallest box, as a share of the frame (for segmentation: of the class)'),
  maxArea: fraction.default(1).describe('largest box, as a share of the frame (for segmentation: of the class)'),
  region: z
    .array(polygon)
    .min(1)
    .optional()
    .describe('polygons of [x, y], 0–1 of the frame; boxes whose anchor is in none of them do not count'),
  anchor: z
    .enum(['bottom-centre', 'centre'])
    .default('bottom-centre')
    .describe('point of a box that must lie in the region: where it stands, or its middle'),
});

/** Parsed options, defaults filled in. */
export type EventOptions = z.output<typeof eventOptionsSchema>;
