import {configJsonSchema} from '../src/config/config.ts';
import {schemaOfManifest} from '../src/model/manifest-schema.ts';
import {profileJsonSchema} from '../src/profile/load.ts';
import type {GeneratedFile} from './generated-file.ts';

/** The JSON Schemas for editors, as files relative to the package root. */
export function configFiles(): readonly GeneratedFile[] {
  return [
    {path: 'docs/dunlin.schema.json', text: format(configJsonSchema())},
    {path: 'docs/model.schema.json', text: format(schemaOfManifest())},
    {path: 'docs/device-profile.schema.json', text: format(profileJsonSchema())},
  ];
}

function format(schema: object): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}
