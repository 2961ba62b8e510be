import {z} from 'zod';

/** `delegates.edgetpu` in dunlin.yaml; docs/delegates/edgetpu.md explains each. */
export const optionsSchema = z.strictObject({
  library: z.string().min(1).optional(),
  performance: z.enum(['Low', 'Medium', 'High', 'Max']).default('Max'),
  usbAlwaysDfu: z.boolean().default(false),
  usbMaxBulkInQueueLength: z.int().min(0).max(255).optional(),
});

export type EdgetpuOptions = z.infer<typeof optionsSchema>;
