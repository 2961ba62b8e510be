import {z} from 'zod';

/** `delegates.<name>` with `use: external` in dunlin.yaml; docs/delegates/external.md has examples. */
export const optionsSchema = z.strictObject({
  library: z.string().min(1),
  options: z.record(z.string().min(1), z.union([z.string(), z.number(), z.boolean()])).default({}),
  env: z.record(z.string().min(1), z.string()).default({}),
});

export type ExternalOptions = z.infer<typeof optionsSchema>;
