import {z} from 'zod';

export {encodeCount, encodeEvent, encodeResult, encodeState, type ResultPayload} from './encode.ts';

const time = z.string().describe('ISO 8601, UTC');
const count = z.int().min(0);
const score = z.number().min(0).max(1);
const milliseconds = z.number().min(0);

const box = z
  .strictObject({x: z.number(), y: z.number(), width: z.number().min(0), height: z.number().min(0)})
  .describe('pixels of the source frame; x and y of the top left corner');

const classScore = {index: z.int().min(0), label: z.string(), score};

const classifyResult = z.strictObject({
  task: z.literal('classify'),
  classes: z.array(z.strictObject(classScore)).readonly().describe('best first'),
});

const detection = z.strictObject({
  ...classScore,
  box,
  keypoints: z
    .array(z.strictObject({x: z.number(), y: z.number()}))
    .readonly()
    .exactOptional()
    .describe('pixels of the source frame, for model families that give them'),
});

const detectResult = z.strictObject({
  task: z.literal('detect'),
  detections: z.array(detection).readonly().describe('best first'),
});

const segmentResult = z.strictObject({
  task: z.literal('segment'),
  width: z.int().positive().describe('of the mask, which is not published'),
  height: z.int().positive(),
  classes: z
    .array(z.strictObject({index: z.int().min(0), label: z.string(), fraction: score.describe('share of the frame')}))
    .readonly()
    .describe('largest first'),
});

const tensorResult = z.strictObject({
  task: z.literal('tensor'),
  outputs: z
    .array(z.strictObject({name: z.string(), dtype: z.string(), shape: z.array(z.int()).readonly()}))
    .readonly(),
});

const delegate = {
  id: z.string().describe('cpu, edgetpu, …'),
  engine: z.string().describe('what computes, with its version'),
  device: z.string().describe('cpu, usb:0, …'),
};

/** Payload of `<pipeline>/result`. */
export const resultSchema = z.strictObject({
  v: z.literal(1),
  pipeline: z.string(),
  frame: count.describe("the frame's sequence number in its source; a gap means dropped frames"),
  at: time.describe('wall clock when the frame was captured, ISO 8601, UTC'),
  ageMs: milliseconds.describe('from capture to publishing, on the monotonic clock'),
  width: z.int().positive().describe('of the source frame, pixels'),
  height: z.int().positive(),
  model: z.strictObject({name: z.string(), version: z.string()}),
  delegate: z.strictObject(delegate),
  result: z.discriminatedUnion('task', [classifyResult, detectResult, segmentResult, tensorResult]),
  timing: z.strictObject({
    decodeMs: milliseconds,
    preprocessMs: milliseconds,
    runMs: milliseconds,
    postprocessMs: milliseconds,
    totalMs: milliseconds,
    queueMs: milliseconds.exactOptional().describe('waiting for other pipelines on the same device'),
  }),
});

/** Payload of `<pipeline>/event`. */
export const eventSchema = z.strictObject({
  v: z.literal(1),
  type: z.enum(['start', 'update', 'end']),
  id: z.string().describe('the same for start, updates and end of one occurrence; sorts by start time'),
  pipeline: z.string(),
  label: z.string(),
  score: score.describe('of the frame that made this event; for segmentation, the share of the frame'),
  bestScore: score.describe('best so far'),
  box: box.exactOptional(),
  count: count.exactOptional().describe('objects of this label in the frame (detection)'),
  startedAt: time,
  at: time.describe('wall clock of the frame, ISO 8601, UTC'),
  endedAt: time.exactOptional(),
  frame: count,
});

/** Payload of `<pipeline>/state`. */
export const stateSchema = z.strictObject({
  v: z.literal(1),
  pipeline: z.string(),
  status: z.enum(['starting', 'running', 'degraded', 'stalled', 'stopped', 'failed']),
  reason: z.string().exactOptional().describe('why degraded, stalled or failed, and what Dunlin does about it'),
  source: z.string(),
  model: z.string(),
  delegate: z
    .strictObject({
      ...delegate,
      why: z.string().describe('why this one was chosen'),
      rejected: z
        .array(
          z
            .strictObject({
              delegate: z.string(),
              device: z.string().exactOptional(),
              reason: z.string(),
              remedy: z.string().exactOptional(),
            })
            .readonly(),
        )
        .readonly()
        .exactOptional()
        .describe('better places that are passed over now, and what would bring them back'),
    })
    .readonly()
    .exactOptional(),
  failover: z
    .strictObject({
      count: count.describe('moves from one delegate to another since the pipeline started'),
      last: z.strictObject({
        at: time,
        from: z.string().describe('delegate and device that were lost or left'),
        to: z.string(),
        cause: z.string(),
        remedy: z.string(),
        gapMs: milliseconds.describe('longest time without a result around the move'),
      }),
    })
    .exactOptional(),
  fps: z.number().min(0),
  latencyMs: z
    .strictObject({p50: milliseconds, p95: milliseconds, p99: milliseconds})
    .exactOptional()
    .describe('from capture to result'),
  frames: z.strictObject({
    captured: count,
    dropped: count.describe('replaced by a newer one before anybody looked'),
    bad: count.describe('cut off, garbage, or over the size limit'),
    processed: count,
    late: count.describe('results too old to be published'),
    restarts: count.describe('times the source was started again'),
  }),
});

/** Payload of `<pipeline>/count/<label>`: a bare number. */
export const countSchema = count.describe('objects of this label in view now');

/** Payload of `status`: bare text, not JSON. `offline` is also the last will. */
export const statusSchema = z.enum(['online', 'offline']);
export type Status = z.infer<typeof statusSchema>;
