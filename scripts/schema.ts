import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import type {GeneratedFile} from './generated-file.ts';
import {configFiles} from './schema-config.ts';
import {mqttFiles} from './schema-mqtt.ts';

/** Every committed file that is generated from a schema. `npm run schema` writes them; a test keeps them in step. */
export function generatedFiles(): readonly GeneratedFile[] {
  return [...mqttFiles(), ...configFiles()];
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const file of generatedFiles()) {
    await mkdir(path.dirname(file.path), {recursive: true});
    await writeFile(file.path, file.text);
    console.log(file.path);
  }
}
