import {z} from 'zod';
import {failoverOptionsSchema} from '../engine/options.ts';
import {mqttOptionsSchema} from '../sink/mqtt/options.ts';
import {delegatesSchema} from './delegates.ts';
import {httpSchema} from './http.ts';
import {pipelineName, pipelineSchema} from './pipeline.ts';

const level = z.enum(['debug', 'info', 'warn', 'error']);

const nodeSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[^\s/+#$\p{Cc}][^\s/+#\p{Cc}]{0,127}$/u, 'a name without spaces, /, + and # (it is part of every topic)')
      .optional()
      .describe('second part of every topic; the host name when absent'),
  })
  .describe('this device');

const brokerSchema = z
  .strictObject({
    embedded: z
      .union([z.literal('auto'), z.boolean()])
      .default('auto')
      .describe('run a broker inside the daemon, on the loopback; auto: only when mqtt.url is absent'),
    port: z.int().min(0).max(65_535).default(1883).describe('port of the embedded broker; 0 takes a free one'),
  })
  .describe('the embedded MQTT broker');

const runtimeSchema = z
  .strictObject({
    tfliteLibrary: z.string().min(1).optional().describe('TFLite C library to open; searched for when absent'),
    turbojpegLibrary: z.string().min(1).optional().describe('libturbojpeg to open; searched for when absent'),
    threads: z.int().min(1).max(64).optional().describe('threads of one run; from the device profile when absent'),
  })
  .describe('native libraries and threads');

const logSchema = z
  .strictObject({
    level: level.default('info').describe('least important messages that are written'),
    areas: z
      .record(z.string().min(1), level)
      .default({})
      .describe('another level for one area: source, engine, mqtt …'),
  })
  .describe('what the daemon writes to its log');

/** The whole of `dunlin.yaml`. */
export const configSchema = z.strictObject({
  node: nodeSchema.prefault({}),
  profile: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'auto, or the id of a device profile')
    .default('auto')
    .describe('device profile; auto: matched by fingerprints'),
  mqtt: mqttOptionsSchema.prefault({}).describe('the connection to the MQTT broker'),
  broker: brokerSchema.prefault({}),
  runtime: runtimeSchema.prefault({}),
  log: logSchema.prefault({}),
  delegates: delegatesSchema,
  failover: failoverOptionsSchema.prefault({}).describe('when delegates are changed: docs/failover.md'),
  http: httpSchema.prefault({}),
  pipelines: z
    .record(pipelineName, pipelineSchema)
    .default({})
    .describe('what to run, by name; the default pipeline of the device when absent'),
});

export type ParsedConfig = z.output<typeof configSchema>;

/** A configuration ready for use: defaults filled in, paths absolute. */
export type Config = Omit<ParsedConfig, 'node'> & {readonly node: {readonly name: string}};
