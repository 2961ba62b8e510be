import {access, constants} from 'node:fs/promises';
import {isModelName} from '../config/paths.ts';
import {formatProblem, type Problem} from '../config/problem.ts';
import type {Config} from '../config/schema.ts';
import type {DoctorCheck} from './doctor-report.ts';

/** A configuration that was read, or why it could not be used. */
export type DoctorConfig =
  | {readonly file: string; readonly config: Config}
  | {readonly file: string; readonly problems: readonly Problem[]};

/** The file itself, then the files that it names. */
export async function checkConfigFile(checked: DoctorConfig): Promise<DoctorCheck[]> {
  if ('problems' in checked) {
    return checked.problems.map(problem => ({
      id: 'config',
      status: 'fail' as const,
      found: formatProblem({...problem, hint: ''}),
      ...(problem.hint === '' ? {} : {remedy: problem.hint}),
    }));
  }
  const {config, file} = checked;
  const names = Object.keys(config.pipelines);
  const found = `${file}: ${names.length === 0 ? 'no pipelines' : `pipelines ${names.join(', ')}`}`;
  const missing = await Promise.all(namedFiles(config).map(checkNamedFile));
  return [{id: 'config', status: 'ok', found}, ...missing.flat()];
}

interface NamedFile {
  readonly key: string;
  readonly path: string;
  readonly remedy: string;
}

function namedFiles(config: Config): NamedFile[] {
  const {mqtt, runtime, pipelines, http} = config;
  const models = Object.fromEntries([
    ...Object.entries(pipelines).map(([name, {model}]) => [`pipelines.${name}.model`, model] as const),
    ...Object.entries(http.models).map(([name, {model}]) => [`http.models.${name}.model`, model] as const),
  ]);
  const file = (key: string, path: string | undefined, remedy: string): NamedFile[] =>
    path?.startsWith('/') ? [{key, path, remedy}] : [];
  const secret = 'Write the file, readable for the user that runs Dunlin.';
  return [
    ...file('mqtt.usernameFile', mqtt.usernameFile, secret),
    ...file('mqtt.passwordFile', mqtt.passwordFile, secret),
    ...file('mqtt.tls.ca', mqtt.tls.ca, 'Copy the certificate there.'),
    ...file('mqtt.tls.cert', mqtt.tls.cert, 'Copy the certificate there.'),
    ...file('mqtt.tls.key', mqtt.tls.key, 'Copy the key there.'),
    ...file('runtime.tfliteLibrary', runtime.tfliteLibrary, 'dunlin runtime install, and remove the key'),
    ...file('runtime.turbojpegLibrary', runtime.turbojpegLibrary, 'Correct or remove the key.'),
    ...file('http.tokenFile', http.tokenFile, `${secret} For example: openssl rand -hex 32.`),
    ...Object.entries(models).flatMap(([key, model]) => [
      ...(isModelName(model.path) ? [] : file(key, model.path, 'Copy the model there, or correct the path.')),
      ...file(`${key}.labels`, model.labels, 'Copy the labels there, or correct the path.'),
      ...file(`${key}.manifest`, model.manifest, 'Copy the manifest there, or correct the path.'),
    ]),
    ...Object.entries(config.delegates).flatMap(([name, options]) => optionFiles(`delegates.${name}`, options)),
  ];
}

/** Files among a delegate's options, which are told by their keys. */
function optionFiles(where: string, options: Readonly<Record<string, unknown>>): NamedFile[] {
  return Object.entries(options).flatMap(([key, value]): NamedFile[] => {
    const place = `${where}.${key}`;
    if (typeof value === 'object' && value !== null) return optionFiles(place, value as Record<string, unknown>);
    const isFile = typeof value === 'string' && value.startsWith('/') && /(^f|F)ile$|(^l|L)ibrary$/.test(key);
    return isFile ? [{key: place, path: value, remedy: 'Put the file there, or correct the path.'}] : [];
  });
}

async function checkNamedFile({key, path, remedy}: NamedFile): Promise<DoctorCheck[]> {
  try {
    await access(path, constants.R_OK);
    return [];
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    return [{id: `config:${key}`, status: 'fail', found: `${path} cannot be read (${code})`, remedy}];
  }
}
