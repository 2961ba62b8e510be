import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Delegate, DelegateContext, DelegateDefinition} from '../../src/delegate/contract.ts';
import {silentLog} from '../../src/log/log.ts';
import {noHosts} from '../../src/native/host/none.ts';

/** A delegate as the daemon would set it up. */
export function createDelegate(
  definition: DelegateDefinition,
  options: Readonly<Record<string, unknown>> = {},
  context: Partial<DelegateContext> = {},
): Delegate {
  const defaults = {sysroot: '/', cacheDir: join(tmpdir(), 'dunlin-test-cache'), hosts: noHosts, log: silentLog};
  return definition.create(options, {name: definition.id, ...defaults, ...context});
}
