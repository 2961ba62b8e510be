import {z} from 'zod';

const path = z.string().min(1);

/** Bytes of the smallest token that is taken: 16 characters of a random text cannot be guessed over a network. */
export const minTokenLength = 16;

/** The server's own part of the `http` section of the configuration. The token comes from a file or the environment. */
export const httpOptionsSchema = z.strictObject({
  enabled: z.boolean().default(false).describe('serve models over HTTP'),
  host: z
    .string()
    .regex(/^[^\s/?#@]{1,255}$/, 'an IP address or a host name, without a port')
    .default('127.0.0.1')
    .describe('address to listen on; anything but the loopback needs a token'),
  port: z.int().min(0).max(65_535).default(8087).describe('port to listen on; 0 takes a free one'),
  tokenFile: path.optional().describe('file with the token that clients must send'),
  tokenEnv: z.string().min(1).optional().describe('name of an environment variable with the token'),
  maxBodyBytes: z
    .int()
    .min(1024)
    .max(1024 ** 3)
    .default(32 * 1024 * 1024)
    .describe('largest request; at most four times as much is held at a time'),
  maxQueue: z.int().min(1).max(10_000).default(32).describe('requests that may wait for one model'),
  timeoutMs: z.int().min(100).max(3_600_000).default(60_000).describe('longest time for one request, waiting included'),
});

export type HttpOptions = z.output<typeof httpOptionsSchema>;
