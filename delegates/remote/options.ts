import {z} from 'zod';

const path = z.string().min(1);
const milliseconds = (most: number) => z.number().min(1).max(most);

/** Headers that belong to the transport; another value would break or forge messages. */
const reserved = new Set([
  'connection',
  'content-length',
  'content-type',
  'host',
  'te',
  'transfer-encoding',
  'upgrade',
]);

const headerValue = z.union(
  [
    z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'expected one line of text'),
    z.strictObject({file: path}),
    z.strictObject({env: z.string().min(1)}),
  ],
  'expected a text, {file: PATH} or {env: NAME}',
);

const url = z
  .string()
  .refine(isPlainHttpUrl, 'expected http://HOST[:PORT][/PREFIX] or https://…, without user, password, ? and #');

function isPlainHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const {protocol, username, password, search, hash} = new URL(text);
  return /^https?:$/.test(protocol) && [username, password, search, hash].every(part => part === '');
}

/** Options of a server; secrets come from files or the environment, never from here. */
export const remoteOptionsSchema = z
  .strictObject({
    protocol: z.enum(['kserve', 'sagemaker', 'lambda']).default('kserve').describe('what the server speaks'),
    url: url
      .optional()
      .describe('the server, with the prefix before /v2; for sagemaker another address than AWS’s own'),
    model: z.string().min(1).max(200).optional().describe('the model’s name on the server; the local name when absent'),
    version: z
      .string()
      .min(1)
      .max(50)
      .optional()
      .describe('the model’s version on the server; the server’s choice when absent'),
    timeoutMs: milliseconds(600_000)
      .optional()
      .describe('longest a run may take with the way there and back; follows the measured runs when absent'),
    connectTimeoutMs: milliseconds(60_000)
      .default(2000)
      .describe('longest that connecting, or a question about readiness, may take'),
    binary: z.enum(['auto', 'always', 'never']).default('auto').describe('tensors as bytes; auto asks the server'),
    bearerTokenFile: path.optional().describe('file with the token for Authorization: Bearer'),
    bearerTokenEnv: z.string().min(1).optional().describe('name of an environment variable with the token'),
    headers: z
      .record(z.string().regex(/^[A-Za-z0-9-]{1,100}$/, 'expected the name of a header'), headerValue)
      .refine(headers => Object.keys(headers).every(name => !reserved.has(name.toLowerCase())), {
        error: `expected none of ${[...reserved].join(', ')}`,
      })
      .default({})
      .describe('sent with every request: text, {file: PATH} or {env: NAME}'),
    tls: z
      .strictObject({
        caFile: path.optional().describe('certificates to trust, PEM; the system’s own list when absent'),
        certFile: path.optional().describe('our certificate, PEM'),
        keyFile: path.optional().describe('our private key, PEM'),
        serverName: z
          .string()
          .min(1)
          .optional()
          .describe('name expected in the server’s certificate, when not the host'),
        insecure: z.boolean().default(false).describe('true accepts any certificate: for a trial only'),
      })
      .refine(({certFile, keyFile}) => (certFile === undefined) === (keyFile === undefined), {
        error: 'expected certFile and keyFile together',
      })
      .prefault({}),
    retries: z
      .strictObject({
        budget: z
          .number()
          .min(0)
          .max(1)
          .default(0.1)
          .describe('retries allowed, as a share of the calls that went well'),
      })
      .prefault({}),
    circuit: z
      .strictObject({
        failures: z
          .int()
          .min(1)
          .max(1000)
          .default(5)
          .describe('failures in a row after which the server is left alone'),
        resetMs: milliseconds(3_600_000).default(5000).describe('how long it is left alone before it is tried again'),
      })
      .prefault({}),
    endpointName: z.string().min(1).max(63).optional().describe('sagemaker: the endpoint'),
    targetModel: z.string().min(1).max(1024).optional().describe('sagemaker: the model of a multi-model endpoint'),
    region: z
      .string()
      .min(1)
      .max(50)
      .optional()
      .describe('sagemaker, lambda: the region, when the environment does not say it'),
    auth: z.enum(['aws', 'none']).default('aws').describe('lambda: whether the function URL wants signed requests'),
  })
  .check(({value, issues}) => {
    const need = value.protocol === 'sagemaker' ? 'endpointName' : 'url';
    const complain = (key: string, message: string) =>
      issues.push({code: 'custom', path: [key], message, input: value});
    if (value[need] === undefined) complain(need, `expected for protocol ${value.protocol}, got nothing`);
    if (value.bearerTokenFile !== undefined && value.bearerTokenEnv !== undefined) {
      complain('bearerTokenEnv', 'expected only one of bearerTokenFile and bearerTokenEnv');
    }
    if (value.protocol !== 'kserve' && (value.bearerTokenFile ?? value.bearerTokenEnv) !== undefined) {
      complain(
        value.bearerTokenFile === undefined ? 'bearerTokenEnv' : 'bearerTokenFile',
        'expected only with protocol kserve',
      );
    }
    if (value.protocol === 'sagemaker' && Object.keys(value.headers).length > 0) {
      complain('headers', 'expected none with protocol sagemaker');
    }
  });

export type RemoteOptions = z.output<typeof remoteOptionsSchema>;
