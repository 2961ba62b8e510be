import {
  createDelegateTable,
  type DelegateDefinitions,
  type DelegateSettings,
  type DelegateTable,
} from '../delegate/registry.ts';
import type {Log} from '../log/log.ts';
import type {DeviceHosts} from '../native/host/contract.ts';
import {cacheDir} from '../native/runtime-paths.ts';

/** Every built-in delegate; the only file under src/ that names delegates/. */
export const delegateDefinitions: DelegateDefinitions = {
  edgetpu: async () => (await import('../../delegates/edgetpu/index.ts')).edgetpu,
  external: async () => (await import('../../delegates/external/index.ts')).external,
  cpu: async () => (await import('../../delegates/cpu/index.ts')).cpu,
  movidius: async () => (await import('../../delegates/movidius/index.ts')).movidius,
  jetson: async () => (await import('../../delegates/jetson/index.ts')).jetson,
  remote: async () => (await import('../../delegates/remote/index.ts')).remote,
};

export interface DelegateTableOptions {
  readonly settings: DelegateSettings;
  readonly hosts: DeviceHosts;
  readonly log: Log;
  /** `/` unless given. */
  readonly sysroot?: string;
}

/** The delegates of this build, set up as the configuration says. */
export function openDelegateTable({settings, hosts, log, sysroot = '/'}: DelegateTableOptions): DelegateTable {
  return createDelegateTable(delegateDefinitions, settings, {sysroot, cacheDir: cacheDir(), hosts, log});
}
