import {z} from 'zod';

const path = z.string().min(1);

/** No wildcards, no control characters, no empty level at either end: what may stand before `/<node>/…`. */
const prefixPattern = /^(?!\$)[^/+#\p{Cc}][^+#\p{Cc}]*(?<!\/)$/u;

const tlsSchema = z.strictObject({
  ca: path.optional().describe('file with the certificates to trust, PEM; the system’s own list when absent'),
  cert: path.optional().describe('file with our certificate, PEM'),
  key: path.optional().describe('file with our private key, PEM'),
  servername: z.string().min(1).optional().describe('name expected in the broker’s certificate, when not the host'),
  rejectUnauthorized: z.boolean().default(true).describe('false accepts any certificate: for a trial only'),
});

/** The `mqtt` section of the configuration. Secrets come from files or the environment, never from here. */
export const mqttOptionsSchema = z.strictObject({
  url: z
    .string()
    .regex(/^(mqtts?|tcp|tls|ssl|wss?):\/\/.+/, 'expected mqtt://HOST[:PORT], mqtts://…, ws://… or wss://…')
    .optional()
    .describe('the broker; an embedded one on the loopback when absent'),
  prefix: z.string().max(256).regex(prefixPattern).default('dunlin').describe('first part of every topic'),
  clientId: z.string().min(1).max(256).optional().describe('unique at the broker; <prefix>-<node> when absent'),
  username: z.string().min(1).optional(),
  usernameFile: path.optional(),
  usernameEnv: z.string().min(1).optional().describe('name of an environment variable'),
  passwordFile: path.optional(),
  passwordEnv: z.string().min(1).optional().describe('name of an environment variable'),
  tls: tlsSchema.prefault({}),
  protocol: z.enum(['auto', '5', '3.1.1']).default('auto').describe('auto: MQTT 5, or 3.1.1 where that is refused'),
  keepaliveS: z.int().min(1).max(3600).default(30),
  connectTimeoutMs: z.int().min(100).max(120_000).default(10_000),
  reconnectMinMs: z.int().min(10).max(60_000).default(500),
  reconnectMaxMs: z.int().min(10).max(3_600_000).default(30_000),
  healthIntervalS: z.number().positive().max(3600).default(30),
  resultsPerSecond: z.number().positive().optional().describe('per pipeline; every frame’s result when absent'),
  retainSnapshot: z.boolean().default(false).describe('keep the last snapshot at the broker'),
  maxBufferedBytes: z
    .int()
    .min(4096)
    .default(256 * 1024)
    .describe('results and snapshots are dropped while more than this waits in the socket'),
  maxInflight: z.int().min(1).max(1000).default(32).describe('messages sent with QoS 1 and not yet acknowledged'),
  outboxEvents: z.int().min(1).max(1_000_000).default(10_000).describe('events kept while the broker is away'),
});

export type MqttOptions = z.infer<typeof mqttOptionsSchema>;
