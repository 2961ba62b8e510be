import {existsSync} from 'node:fs';
import {readdir, readFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {z} from 'zod';
import {ConfigError} from '../error/errors.ts';
import {type Profile, profileSchema} from './schema.ts';

/**
 * Every profile of a folder, by id.
 *
 * @param folder `device-profiles/` of this package when absent
 * @throws {ConfigError} a file is no valid profile
 */
export async function loadProfiles(folder: string = shippedProfiles()): Promise<readonly Profile[]> {
  const names = (await readdir(folder)).filter(name => name.endsWith('.json')).sort();
  return Promise.all(names.map(async name => parseProfile(await readFile(join(folder, name), 'utf8'), name)));
}

/** @throws {ConfigError} the text is no valid profile */
export function parseProfile(text: string, fileName: string): Profile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ConfigError(`${fileName}: is not JSON`, 'Run `npm run profiles` to see where.', {cause});
  }
  const parsed = profileSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ConfigError(`${fileName}: ${z.prettifyError(parsed.error)}`, 'Run `npm run profiles` to see where.');
}

/** JSON Schema of a profile, for editors. */
export function profileJsonSchema(): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Device profile of Dunlin (device-profiles/*.json)',
    ...z.toJSONSchema(profileSchema, {io: 'input'}),
  };
}

function shippedProfiles(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'device-profiles')) && folder !== dirname(folder)) folder = dirname(folder);
  return join(folder, 'device-profiles');
}
