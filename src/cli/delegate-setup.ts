import {existsSync} from 'node:fs';
import {dirname} from 'node:path';
import {parse} from 'yaml';
import {checkConfig, readConfigText} from '../config/config.ts';
import {delegateIds, toDelegateSettings} from '../config/delegates.ts';
import {withAbsoluteOptions} from '../config/paths.ts';
import {ConfigProblemsError} from '../config/problem.ts';
import {delegateProblems} from '../daemon/delegate-options.ts';
import {openDelegateTable} from '../daemon/delegates.ts';
import {startHosts} from '../daemon/hosts.ts';
import {type BoardProfile, boardProfile} from '../daemon/profile.ts';
import {OptionsError} from '../delegate/options.ts';
import type {DelegateSettings, DelegateTable} from '../delegate/registry.ts';
import {UsageError} from '../error/errors.ts';
import {silentLog} from '../log/log.ts';
import {noHosts} from '../native/host/none.ts';

/** Flags of every command that runs models or looks at delegates. */
export interface DelegateFlags {
  /** `NAME.KEY=VALUE` */
  readonly delegateOption?: readonly string[];
  readonly config?: string;
}

/** Delegates as the configuration and the flags set them up. */
export interface DelegateSetup {
  readonly table: DelegateTable;
  readonly settings: DelegateSettings;
  readonly profile: BoardProfile;
  /** Ends the processes that own devices. */
  close(): Promise<void>;
}

/** Where a configuration is looked for when none is named. */
export function findConfig(named: string | undefined): string | undefined {
  return named ?? ['dunlin.yaml', '/etc/dunlin/dunlin.yaml'].find(candidate => existsSync(candidate));
}

/** What the configuration and the flags say about delegates. */
export interface DelegateChoices {
  /** Of the device profile, or auto. */
  readonly profileId: string;
  readonly settings: DelegateSettings;
}

/**
 * The delegates of the named configuration, or of the default one where it is sound, with the options of the command
 * line.
 *
 * @param note told when the default configuration has faults and is left out
 * @throws {ConfigProblemsError} the named configuration has faults
 * @throws {UsageError} an option that is not NAME.KEY=VALUE
 */
export async function readChoices(flags: DelegateFlags, note: (text: string) => void): Promise<DelegateChoices> {
  const {profileId, settings} = await configuredChoices(flags.config, note);
  const flagged = withFlags(settings, flags.delegateOption ?? []);
  return {profileId, settings: flags.delegateOption?.length ? await withLists(flagged) : flagged};
}

/** The same, ready for use: call close() at the end. @throws as `readChoices` */
export async function setUpDelegates(flags: DelegateFlags, note: (text: string) => void): Promise<DelegateSetup> {
  const {profileId, settings} = await readChoices(flags, note);
  const profile = await boardProfile(profileId, {settings});
  const hosts = startHosts(silentLog);
  const table = openDelegateTable({settings, hosts, log: silentLog});
  return {table, settings, profile, close: () => hosts.close()};
}

async function configuredChoices(named: string | undefined, note: (text: string) => void): Promise<DelegateChoices> {
  const path = findConfig(named);
  if (path === undefined) return {profileId: 'auto', settings: {}};
  const checked = checkConfig(await readConfigText(path), path, {folder: dirname(path)});
  const problems = 'problems' in checked ? checked.problems : await delegateProblems(checked);
  if (!('problems' in checked) && problems.length === 0) {
    return {profileId: checked.config.profile, settings: toDelegateSettings(checked.config)};
  }
  if (named !== undefined) throw new ConfigProblemsError(problems);
  note(`${path} has problems and is left out; see: dunlin config check ${path}\n`);
  return {profileId: 'auto', settings: {}};
}

function withFlags(configured: DelegateSettings, flags: readonly string[]): DelegateSettings {
  const settings: Record<string, DelegateSettings[string]> = {...configured};
  for (const flag of flags) {
    const {name, path, value} = parseFlag(flag);
    const {use, options} = settings[name] ?? {use: name, options: {}};
    if (path.length === 1 && path[0] === 'use') settings[name] = {use: String(value), options};
    else settings[name] = {use, options: withAbsoluteOptions(put(options, path, value), process.cwd())};
  }
  const kinds: readonly string[] = delegateIds;
  const unknown = Object.entries(settings).find(([, {use}]) => !kinds.includes(use));
  if (unknown === undefined) return settings;
  throw new UsageError(
    `--delegate-option: there is no delegate called "${unknown[1].use}"`,
    `Use one of ${kinds.join(', ')}, or say which it is: --delegate-option ${unknown[0]}.use=external.`,
  );
}

function parseFlag(flag: string): {name: string; path: string[]; value: unknown} {
  const [, name = '', keys = '', text = ''] = /^([a-z0-9][a-z0-9_-]*)\.([^=\s]+)=(.*)$/is.exec(flag) ?? [];
  const path = keys.split('.');
  if (name === '' || path.some(key => key === '' || key === '__proto__')) {
    // Its value may be a secret.
    const shown = flag.split('=', 1)[0];
    throw new UsageError(
      `--delegate-option: expected NAME.KEY=VALUE, got "${shown}"`,
      'Write for example: --delegate-option edgetpu.performance=High',
    );
  }
  return {name, path, value: readValue(text)};
}

/** A number, true, false or [a, list] as YAML has them; everything else is text. */
function readValue(text: string): unknown {
  try {
    const value: unknown = parse(text);
    return value === null || (typeof value === 'object' && !Array.isArray(value)) ? text : value;
  } catch {
    return text;
  }
}

/** Text becomes a list where the delegate takes one: `jetson.providers=cuda,cpu`. */
async function withLists(settings: DelegateSettings): Promise<DelegateSettings> {
  const lists = {...settings};
  const table = openDelegateTable({settings, hosts: noHosts, log: silentLog});
  for (const [name, {use, options}] of Object.entries(settings)) {
    const error = await table.load(name).catch((cause: unknown) => cause);
    const issues = error instanceof OptionsError ? error.issues : [];
    for (const {code, path, ...issue} of issues) {
      const [key] = path;
      const value = typeof key === 'string' && path.length === 1 ? options[key] : undefined;
      if (code !== 'invalid_type' || !('expected' in issue) || issue.expected !== 'array' || typeof value !== 'string')
        continue;
      lists[name] = {use, options: {...lists[name]!.options, [String(key)]: value.split(',')}};
    }
  }
  return lists;
}

type Options = Readonly<Record<string, unknown>>;

function put(options: Options, path: readonly string[], value: unknown): Options {
  const [key = '', ...rest] = path;
  if (rest.length === 0) return {...options, [key]: value};
  const below = options[key];
  const mapping = typeof below === 'object' && below !== null && !Array.isArray(below) ? below : {};
  return {...options, [key]: put(mapping as Options, rest, value)};
}
