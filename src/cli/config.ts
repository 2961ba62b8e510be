import {configJsonSchema, readConfigText} from '../config/config.ts';
import {starterConfig} from '../config/starter.ts';
import {boardProfile} from '../daemon/profile.ts';
import {listCameras} from '../source/cameras.ts';
import {buildConfigReport, configText} from './config-report.ts';
import type {Terminal} from './terminal.ts';
import {writeFile} from './write-file.ts';

/** `dunlin config check`: every fault with its place. @returns 0, or 2 when there are any */
export async function check(
  file: string | undefined,
  options: {readonly json?: boolean},
  terminal: Terminal,
): Promise<number> {
  const path = file ?? 'dunlin.yaml';
  const report = await buildConfigReport(await readConfigText(path), path);
  if (options.json) terminal.out(`${JSON.stringify(report)}\n`);
  else if (report.ok) terminal.out(configText(report));
  else terminal.err(configText(report));
  return report.ok ? 0 : 2;
}

/** `dunlin config schema`. */
export async function schema(terminal: Terminal): Promise<number> {
  terminal.out(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
  return 0;
}

/** `dunlin config init`: a commented file for this machine; never replaces one unasked. */
export async function init(
  file: string | undefined,
  options: {readonly force?: boolean},
  terminal: Terminal,
): Promise<number> {
  const path = file ?? 'dunlin.yaml';
  const [profile, [camera]] = [await boardProfile('auto'), await listCameras('/')];
  const text = starterConfig({profile: profile.id, ...(camera === undefined ? {} : {camera: camera.uri})});
  writeFile(path, text, {replace: options.force === true});
  terminal.err(`wrote ${path}; run it with: dunlin up --config ${path}\n`);
  return 0;
}
