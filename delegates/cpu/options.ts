import {z} from 'zod';

/** Options of the CPU delegate. */
export const cpuOptionsSchema = z.strictObject({
  isolated: z
    .boolean()
    .default(false)
    .describe('run in a process of its own: for models that crash on unusual numbers, which are refused otherwise'),
});
