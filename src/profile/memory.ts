import type {Sysroot} from '../system/sysroot.ts';

export interface Memory {
  readonly totalBytes: number;
  readonly availableBytes: number;
}

/** Memory of the system, or of our container (cgroup v2) where that is less; undefined without `/proc/meminfo`. */
export async function readMemory(sysroot: Sysroot): Promise<Memory | undefined> {
  const text = (await sysroot.text('/proc/meminfo')) ?? '';
  const kibibytes = (key: string) => {
    const digits = new RegExp(`^${key}:\\s+(\\d{1,15}) kB$`, 'm').exec(text)?.[1];
    return digits === undefined ? undefined : Number(digits) * 1024;
  };
  const totalBytes = kibibytes('MemTotal');
  const availableBytes = kibibytes('MemAvailable') ?? kibibytes('MemFree');
  if (totalBytes === undefined || availableBytes === undefined) return undefined;
  const limit = await sysroot.number('/sys/fs/cgroup/memory.max');
  if (limit === undefined || limit >= totalBytes) return {totalBytes, availableBytes};
  const used = (await sysroot.number('/sys/fs/cgroup/memory.current')) ?? 0;
  return {totalBytes: limit, availableBytes: Math.max(0, Math.min(availableBytes, limit - used))};
}
