import type {DelegateTable} from '../delegate/registry.ts';

/** Every built-in delegate; the only file under src/ that names delegates/. */
export const delegateTable: DelegateTable = {
  cpu: async () => (await import('../../delegates/cpu/index.ts')).cpu,
};
