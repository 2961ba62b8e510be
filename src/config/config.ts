import {readFile, stat} from 'node:fs/promises';
import {hostname} from 'node:os';
import {resolve} from 'node:path';
import {ConfigError} from '../error/errors.ts';
import {checkYaml, type Placer} from './check.ts';
import {crossChecks} from './cross-checks.ts';
import {schemaTree} from './expected.ts';
import {withAbsolutePaths} from './paths.ts';
import {ConfigProblemsError, type Problem} from './problem.ts';
import {type Config, configSchema} from './schema.ts';
import {maxFileBytes} from './yaml.ts';

export interface CheckOptions {
  /** Folder that relative paths start from; the working directory when absent. */
  readonly folder?: string;
  /** Stands in for the computer's own name. */
  readonly hostName?: string;
}

/** A configuration without faults that its schema can tell. */
export interface CheckedConfig {
  readonly config: Config;
  /** Turns what is found later (options of delegates) into problems with their lines. */
  readonly place: Placer;
}

/**
 * Checks the text of a `dunlin.yaml`. Reads no other file.
 *
 * @param fileName name used in the problems
 * @returns the configuration with defaults and absolute paths, or every problem of the file in order
 */
export function checkConfig(
  text: string,
  fileName: string,
  options: CheckOptions = {},
): CheckedConfig | {readonly problems: readonly Problem[]} {
  const checked = checkYaml(configSchema, text, fileName, crossChecks);
  if ('problems' in checked) return checked;
  const {value} = checked;
  const node = {name: value.node.name ?? topicSafe(options.hostName ?? hostname())};
  return {config: withAbsolutePaths({...value, node}, resolve(options.folder ?? '.')), place: checked.place};
}

/**
 * Reads and checks a `dunlin.yaml`.
 *
 * @throws {ConfigError} the file cannot be read
 * @throws {ConfigProblemsError} it has problems; all of them are in the error
 */
export async function loadConfig(path: string, options: Omit<CheckOptions, 'folder'> = {}): Promise<Config> {
  return (await readConfig(path, options)).config;
}

/**
 * The same, with the places of its values.
 *
 * @throws {ConfigError} @throws {ConfigProblemsError} as `loadConfig`
 */
export async function readConfig(path: string, options: Omit<CheckOptions, 'folder'> = {}): Promise<CheckedConfig> {
  const text = await readConfigText(path);
  const checked = checkConfig(text, path, {...options, folder: resolve(path, '..')});
  if ('problems' in checked) throw new ConfigProblemsError(checked.problems);
  return checked;
}

/** The configuration of a node that has no file. */
export function defaultConfig(options: CheckOptions = {}): Config {
  const checked = checkConfig('', 'default', options);
  if ('problems' in checked) throw new ConfigProblemsError(checked.problems);
  return checked.config;
}

/** JSON Schema of `dunlin.yaml`, for editors. */
export function configJsonSchema(): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of Dunlin (dunlin.yaml)',
    ...schemaTree(configSchema),
  };
}

/**
 * The text of a configuration file.
 *
 * @throws {ConfigError} it cannot be read, is too large, or is not UTF-8
 */
export async function readConfigText(path: string): Promise<string> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new ConfigError(`${path}: is not a plain file`, 'Name a dunlin.yaml.');
    if (found.size > maxFileBytes) {
      throw new ConfigError(
        `${path}: is ${found.size} bytes, more than ${maxFileBytes}`,
        'Name a dunlin.yaml, not a data file.',
      );
    }
    return new TextDecoder('utf-8', {fatal: true}).decode(await readFile(path));
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    if (cause instanceof TypeError) {
      throw new ConfigError(`${path}: is not UTF-8 text`, 'Save the file as UTF-8.', {cause});
    }
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new ConfigError(
      `${path}: cannot be read (${code})`,
      'Check the path, or write one with `dunlin config init`.',
      {
        cause,
      },
    );
  }
}

/** A host name as one topic level. */
function topicSafe(name: string): string {
  return name.replace(/[\s/+#$\p{Cc}]/gu, '-').slice(0, 128) || 'dunlin';
}
