import {z} from 'zod';
import type {DelegateSettings} from '../delegate/registry.ts';
import type {Config} from './schema.ts';

/** Built-in delegates, in the order a person would try them; `src/daemon/delegates.ts` loads them. */
export const delegateIds = ['cpu', 'edgetpu', 'movidius', 'jetson', 'remote', 'external'] as const;

/** A name without a colon: what follows one in a pipeline's list is a device. */
const delegateName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/i, 'a name of letters, digits, - and _ (at most 63)')
  .refine(name => name !== 'auto', {error: 'a name other than auto, which is the order of the device profile'});

/** `delegates:` of the file. Options stay opaque here: each delegate checks its own once it is loaded. */
export const delegatesSchema = z
  .record(
    delegateName,
    z.looseObject({
      use: z.enum(delegateIds).optional().describe('which built-in delegate this sets up; that of the same name'),
    }),
  )
  .default({})
  .describe('delegates with their options, by the name that pipelines use: docs/delegates');

const choice = z.union([
  z.string().min(1),
  z.strictObject({
    id: z.string().min(1).describe('name of a delegate: built in, or a key of delegates'),
    device: z.string().min(1).optional().describe('device of that delegate, as `dunlin devices` names it: usb:0'),
  }),
]);

/** `delegates:` of a pipeline. Names are checked across the file, in cross-checks.ts. */
export const choicesSchema = z
  .union([
    z.string().min(1),
    z
      .array(choice)
      .min(1)
      .refine(list => list.length === 1 || !list.includes('auto'), {
        error: 'auto alone, or delegates without auto',
        params: {hint: 'auto already names every delegate of the device profile, in its order.'},
      }),
  ])
  .default('auto')
  .transform(value => toChoices(typeof value === 'string' ? [value] : value))
  .describe('delegates to try, in order, as NAME or NAME:DEVICE; auto: the order of the device profile');

/** A place to try: any device of a delegate, or one. */
export interface DelegateChoice {
  readonly id: string;
  readonly device?: string | undefined;
}

function toChoices(list: readonly z.output<typeof choice>[]): 'auto' | DelegateChoice[] {
  if (list.includes('auto')) return 'auto';
  return list.map(entry => (typeof entry === 'string' ? splitChoice(entry) : entry));
}

/** `edgetpu:usb:0` → delegate `edgetpu`, device `usb:0`. */
export function splitChoice(text: string): DelegateChoice {
  const colon = text.indexOf(':');
  return colon < 0 ? {id: text} : {id: text.slice(0, colon), device: text.slice(colon + 1)};
}

/** What the configuration sets up, as `createDelegateTable` takes it. */
export function toDelegateSettings({delegates}: Pick<Config, 'delegates'>): DelegateSettings {
  return Object.fromEntries(
    Object.entries(delegates).map(([name, {use, ...options}]) => [name, {use: use ?? name, options}]),
  );
}
