import {z} from 'zod';
import {manifestSchema} from './manifest.ts';

/** JSON Schema of `model.json`, for editors. */
export function schemaOfManifest(): object {
  return {...z.toJSONSchema(manifestSchema, {io: 'input'}), title: 'Dunlin model manifest'};
}
