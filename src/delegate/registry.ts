import {DelegateUnavailableError, UsageError} from '../error/errors.ts';
import type {Delegate, DelegateContext, DelegateDefinition} from './contract.ts';

/** Built-in delegates by id, each loaded on first use so that unused hardware costs nothing. */
export type DelegateDefinitions = Readonly<Record<string, () => Promise<DelegateDefinition>>>;

/** How the configuration sets a delegate up, by the name that pipelines use. Plain data: it crosses to worker threads. */
export type DelegateSettings = Readonly<
  Record<string, {readonly use: string; readonly options: Readonly<Record<string, unknown>>}>
>;

/** Delegates by name, ready for use. */
export interface DelegateTable {
  /** Every name: the built-in ids, then those of the configuration. */
  readonly names: readonly string[];
  /**
   * @throws {UsageError} nothing of that name
   * @throws {ConfigError} its options are wrong
   * @throws {DelegateUnavailableError} it speaks another API version, or cannot be loaded
   */
  load(name: string): Promise<Delegate>;
}

/** A table of the built-in delegates and of what the configuration sets up beside or instead of them. */
export function createDelegateTable(
  definitions: DelegateDefinitions,
  settings: DelegateSettings,
  context: Omit<DelegateContext, 'name'>,
): DelegateTable {
  const names = [...new Set([...Object.keys(definitions), ...Object.keys(settings)])];
  const loaded = new Map<string, Promise<Delegate>>();
  const load = (name: string): Promise<Delegate> => {
    const known = loaded.get(name);
    if (known !== undefined) return known;
    const {use, options} = Object.hasOwn(settings, name) ? settings[name]! : {use: name, options: {}};
    const loading = loadDefinition(definitions, use, names).then(definition =>
      definition.create(options, {...context, name}),
    );
    loaded.set(name, loading);
    return loading;
  };
  return {names, load};
}

async function loadDefinition(
  definitions: DelegateDefinitions,
  id: string,
  names: readonly string[],
): Promise<DelegateDefinition> {
  const load = Object.hasOwn(definitions, id) ? definitions[id] : undefined;
  if (load === undefined) {
    throw new UsageError(`delegate: there is none called "${id}"`, `Use one of: ${names.join(', ')}, or auto.`);
  }
  const definition = await load();
  if (definition.apiVersion !== 1) {
    throw new DelegateUnavailableError(
      `delegate ${id}: speaks API version ${String(definition.apiVersion)}, expected 1`,
      'Install the release of the delegate that matches this Dunlin.',
    );
  }
  return definition;
}
