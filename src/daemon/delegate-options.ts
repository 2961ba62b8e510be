import type {CheckedConfig} from '../config/config.ts';
import {toDelegateSettings} from '../config/delegates.ts';
import {type Complaint, complaints} from '../config/issues.ts';
import {ConfigProblemsError, type Problem} from '../config/problem.ts';
import type {Config} from '../config/schema.ts';
import {OptionsError} from '../delegate/options.ts';
import type {DelegateSettings, DelegateTable} from '../delegate/registry.ts';
import {ConfigError} from '../error/errors.ts';
import {silentLog} from '../log/log.ts';
import {noHosts} from '../native/host/none.ts';
import {openDelegateTable} from './delegates.ts';

/**
 * Faults that only the delegates can tell: each one that the file sets up, or that a pipeline names, is created with
 * its options. Touches no hardware.
 */
export async function delegateProblems(
  {config, place}: CheckedConfig,
  openTable = (settings: DelegateSettings) => openDelegateTable({settings, hosts: noHosts, log: silentLog}),
): Promise<readonly Problem[]> {
  const table = openTable(toDelegateSettings(config));
  const configured = Object.keys(config.delegates);
  const faults = configured.map(async name => {
    const error = await creationError(table, name);
    if (error === undefined) return [];
    if (!(error instanceof OptionsError)) return place([ownComplaint(error, name)]);
    const base = ['delegates', name];
    return place(complaints(error.issues, {delegates: config.delegates}, base), {schema: error.schema, base});
  });
  const unset = usedBy(config)
    .filter(({name}) => !configured.includes(name))
    .map(async ({name, path}) => {
      const error = await creationError(table, name);
      return error === undefined ? [] : place([unsetComplaint(name, path, error)]);
    });
  const problems = (await Promise.all([...faults, ...unset])).flat();
  return problems.sort((one, other) => one.line - other.line || one.column - other.column);
}

/** @throws {ConfigProblemsError} a delegate refuses its options */
export async function requireDelegateOptions(checked: CheckedConfig): Promise<void> {
  const problems = await delegateProblems(checked);
  if (problems.length > 0) throw new ConfigProblemsError(problems);
}

/** Why a delegate cannot be set up with these options; a library that fails to load shows when a model is opened. */
async function creationError(table: DelegateTable, name: string): Promise<ConfigError | undefined> {
  try {
    await table.load(name);
    return undefined;
  } catch (error) {
    return error instanceof ConfigError ? error : undefined;
  }
}

/** Names in pipelines and served models, each with the place of its first use. */
function usedBy({pipelines, http}: Config): {name: string; path: readonly PropertyKey[]}[] {
  const used = new Map<string, readonly PropertyKey[]>();
  const users = [
    ...Object.entries(pipelines).map(([name, {delegates}]) => ({path: ['pipelines', name], delegates})),
    ...Object.entries(http.models).map(([name, {delegates}]) => ({path: ['http', 'models', name], delegates})),
  ];
  for (const {path, delegates} of users) {
    for (const [index, {id}] of delegates === 'auto' ? [] : delegates.entries()) {
      if (!used.has(id)) used.set(id, [...path, 'delegates', index]);
    }
  }
  return [...used].map(([name, path]) => ({name, path}));
}

/** An error of the delegate's own, beyond its schema: `delegates.<name>.<key>: <what is wrong>`. */
function ownComplaint({message, hint}: ConfigError, name: string): Complaint {
  const [, keys = '', said = message] = /^delegates\.([^:\s]+): (.*)$/s.exec(message) ?? [];
  const path = keys === '' ? [name] : keys.split('.');
  return {path: ['delegates', ...path], at: 'value', kind: 'bad-value', expected: said, hint};
}

function unsetComplaint(name: string, path: readonly PropertyKey[], {message}: ConfigError): Complaint {
  return {
    path,
    at: 'value',
    kind: 'bad-value',
    got: `"${name}" without its options (${message})`,
    expected: 'a delegate that is set up',
    hint: `Add "${name}" with its options under "delegates" at the top of the file: docs/delegates.`,
  };
}
