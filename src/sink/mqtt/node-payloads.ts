import {z} from 'zod';

const time = z.string().describe('ISO 8601, UTC');
const count = z.int().min(0);
const bytes = z.number().min(0);

/** Payload of `info`. */
export const infoSchema = z.strictObject({
  v: z.literal(1),
  node: z.string(),
  version: z.string().describe('of Dunlin'),
  startedAt: time,
  profile: z.strictObject({
    id: z.string().describe('raspberry-pi-5, generic-x86-64, …'),
    name: z.string().describe('for people'),
  }),
  delegates: z
    .array(
      z.strictObject({
        id: z.string().describe('cpu, edgetpu, …'),
        devices: z
          .array(
            z.strictObject({
              id: z.string(),
              name: z.string(),
              problem: z
                .strictObject({reason: z.string(), remedy: z.string()})
                .exactOptional()
                .describe('what keeps it from being used'),
            }),
          )
          .readonly(),
        absence: z
          .strictObject({reason: z.string(), remedy: z.string()})
          .exactOptional()
          .describe('why there is no device'),
      }),
    )
    .readonly()
    .describe('in the order in which the profile prefers them'),
  models: z
    .array(
      z.strictObject({
        name: z.string(),
        version: z.string(),
        sha256: z.string(),
        format: z.enum(['tflite', 'onnx']),
        task: z.string(),
        family: z.string(),
      }),
    )
    .readonly(),
  pipelines: z.array(z.strictObject({name: z.string(), source: z.string(), model: z.string()})).readonly(),
});

/** What this node is and runs; changes only with its configuration. */
export type NodeInfo = z.infer<typeof infoSchema>;

/** What the daemon measures for the health message. A reading that the board does not offer is left out or empty. */
const healthReadingsSchema = z.strictObject({
  temperatures: z
    .array(z.strictObject({zone: z.string().describe('cpu-thermal, apex_0, …'), celsius: z.number()}))
    .readonly(),
  throttling: z
    .strictObject({
      now: z
        .array(z.string())
        .readonly()
        .describe('under-voltage, frequency-capped, throttled, soft-temperature-limit'),
      sinceBoot: z.array(z.string()).readonly(),
    })
    .exactOptional()
    .describe('where the board tells'),
  cpu: z
    .strictObject({load1: z.number().min(0).describe('load average of one minute'), cores: z.int().positive()})
    .exactOptional(),
  memory: z.strictObject({
    totalBytes: bytes,
    availableBytes: bytes,
    rssBytes: bytes.describe('resident memory of the daemon'),
  }),
  disk: z
    .strictObject({path: z.string(), totalBytes: bytes, freeBytes: bytes, writable: z.boolean()})
    .exactOptional()
    .describe('where Dunlin keeps its data'),
  clock: z.strictObject({synchronized: z.boolean().describe('the wall clock follows a time server')}).exactOptional(),
  devices: z
    .array(
      z.strictObject({
        delegate: z.string(),
        device: z.string(),
        sessions: count.describe('open now'),
        runs: count,
        failures: count.describe('times the device was lost'),
      }),
    )
    .readonly()
    .describe('what pipelines did on each device since they started'),
  processes: z
    .array(
      z.strictObject({
        key: z.string().describe('delegate and device, as the delegate calls it'),
        pid: count.describe('0: none runs now'),
        sessions: count.describe('open now'),
        starts: count,
        failures: count.describe('times it crashed, hung or leaked'),
        rssBytes: bytes,
      }),
    )
    .readonly()
    .exactOptional()
    .describe('processes that own a device'),
});
export type HealthReadings = z.infer<typeof healthReadingsSchema>;

const outbox = z.strictObject({
  depth: count.describe('events that wait for the broker'),
  capacity: count,
  lostUpdates: count.describe('update events given up because the outbox was full'),
  lostOthers: count.describe('start and end events given up because the outbox was full'),
});

const broker = z.strictObject({
  url: z.string().describe('without user and password'),
  protocol: z.enum(['5', '3.1.1']),
  connected: z.boolean(),
  error: z.string().exactOptional().describe('why there is no connection'),
  connects: count.describe('connections made since the start'),
  bufferedBytes: count.describe('waiting in the socket'),
  resultsSent: count,
  resultsDropped: count.describe('broker away or slow'),
  snapshotsSent: count,
  snapshotsDropped: count,
  eventsSent: count.describe('acknowledged by the broker'),
  refused: count.describe('messages that the broker acknowledged with a refusal, or that are larger than it takes'),
});

/** The sink's own part of the health message. */
export type BrokerCounters = z.infer<typeof broker>;

/** Payload of `health`. */
export const healthSchema = z.strictObject({
  v: z.literal(1),
  node: z.string(),
  at: time,
  uptimeS: z.number().min(0).describe('of the daemon'),
  ...healthReadingsSchema.shape,
  outbox,
  broker,
});
export type Health = z.infer<typeof healthSchema>;
