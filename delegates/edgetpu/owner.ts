import type {Problem} from '../../src/delegate/contract.ts';
import type {Sysroot} from '../../src/system/sysroot.ts';

/**
 * A PCIe device belongs to one process at a time. That of our own host program is shared; anybody else's is a problem.
 *
 * @param folder `/sys/class/apex/apex_0`
 */
export async function ownerProblem(folder: string, sysroot: Sysroot): Promise<Problem | undefined> {
  if ((await sysroot.number(`${folder}/is_device_owned`)) !== 1) return undefined;
  const owner = await sysroot.number(`${folder}/device_owner`);
  const status = owner && (await sysroot.text(`/proc/${owner}/status`));
  // In a container the owner's number is one of the system outside, and may be our own process.
  if (!status) return undefined;
  if (Number(field(status, 'PPid')) === process.pid) return undefined;
  const name = field(status, 'Name') ?? 'a process';
  return {
    reason: `in use by ${name} (process ${owner})`,
    remedy:
      'Stop that process, or share the device: several pipelines of one Dunlin daemon may use it, other programs and machines through the remote delegate.',
  };
}

function field(status: string, name: string): string | undefined {
  return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1];
}
