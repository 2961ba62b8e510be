import {DelegateUnavailableError, UsageError} from '../error/errors.ts';
import type {Delegate} from './contract.ts';

/** Delegates by id, each loaded on first use so that unused hardware costs nothing. */
export type DelegateTable = Readonly<Record<string, () => Promise<Delegate>>>;

/**
 * Loads one delegate.
 *
 * @throws {UsageError} nothing of that name
 * @throws {DelegateUnavailableError} it speaks another API version, or cannot be loaded
 */
export async function loadDelegate(table: DelegateTable, id: string): Promise<Delegate> {
  const load = Object.hasOwn(table, id) ? table[id] : undefined;
  if (load === undefined) {
    throw new UsageError(
      `delegate: there is none called "${id}"`,
      `Use one of: ${Object.keys(table).join(', ')}, or auto.`,
    );
  }
  const delegate = await load();
  if (delegate.apiVersion !== 1) {
    throw new DelegateUnavailableError(
      `delegate ${id}: speaks API version ${String(delegate.apiVersion)}, expected 1`,
      'Install the release of the delegate that matches this Dunlin.',
    );
  }
  return delegate;
}
