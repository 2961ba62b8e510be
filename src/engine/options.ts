import {z} from 'zod';

const milliseconds = z.int().min(0).max(600_000);

/** `failover:` of the configuration; docs/failover.md tells what each number does. */
export const failoverOptionsSchema = z.strictObject({
  patienceMs: milliseconds
    .min(10)
    .default(500)
    .describe('a run without an answer for this long is given to the next delegate; at least 3 times the usual run'),
  openPatienceMs: milliseconds
    .min(10)
    .default(5000)
    .describe('at the start, a delegate that takes longer to open is passed over until it is ready'),
  runErrors: z.int().min(1).max(100).default(3).describe('runs in a row that fail before the next delegate takes over'),
  warmUpRuns: z.int().min(1).max(100).default(3).describe('good runs on an accelerator before it gets a frame'),
  openMs: milliseconds
    .min(100)
    .optional()
    .describe("an opening that takes longer has hung, and is given up; the delegate's own limit when absent"),
  retryFirstMs: milliseconds.min(1).default(250).describe('first wait before a lost device is tried again'),
  retryMostMs: milliseconds.min(1).default(30_000).describe('longest such wait; every failure doubles it up to here'),
  settledAfterMs: milliseconds
    .default(60_000)
    .describe('a device that worked this long before it was lost is tried again after the first wait'),
  standby: z.boolean().default(true).describe('keep the next delegate and the last one open, where memory allows'),
  restarts: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(5)
    .describe("failures of a device's process within a minute before it rests for a minute"),
});

export type FailoverOptions = z.output<typeof failoverOptionsSchema>;

export const defaultFailover: FailoverOptions = failoverOptionsSchema.parse({});
