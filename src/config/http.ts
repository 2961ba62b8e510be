import {z} from 'zod';
import {httpOptionsSchema} from '../http/options.ts';
import {choicesSchema} from './delegates.ts';
import {modelReference} from './pipeline.ts';

/** Name of a served model: one part of a URL's path. */
const servedName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/i, 'a name of letters, digits, dots, - and _ (at most 63)');

const servedModel = z.strictObject({
  model: modelReference,
  delegates: choicesSchema,
  threads: z.int().min(1).max(64).optional().describe('threads of one run; runtime.threads when absent'),
});

/** The `http` section: the server, and the models that it serves beside the pipelines. */
export const httpSchema = httpOptionsSchema
  .extend({
    models: z.record(servedName, servedModel).default({}).describe('models that clients may run, by name'),
  })
  .describe('models served to other programs and machines (KServe v2)');

/** One served model, as the daemon gets it. */
export type ServedModelOptions = z.output<typeof servedModel>;
