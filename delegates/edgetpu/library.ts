import {constants} from 'node:fs';
import {access} from 'node:fs/promises';
import {join} from 'node:path';
import type {Sysroot} from '../../src/system/sysroot.ts';

const name = 'libedgetpu.so.1';
const folders = [
  '/usr/local/lib',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/arm-linux-gnueabihf',
  '/usr/lib',
  '/usr/lib64',
];

/** Full path of libedgetpu: the configured one, else where the loader looks; undefined when it is not there. */
export async function findLibrary(sysroot: Sysroot, configured: string | undefined): Promise<string | undefined> {
  if (configured !== undefined) return (await isReadable(configured)) ? configured : undefined;
  const cached = await sysroot.search('/etc/ld.so.cache', /\0(\/[ -~]{0,200}libedgetpu\.so\.1)\0/);
  for (const path of [...(cached === undefined ? [] : [cached]), ...folders.map(folder => `${folder}/${name}`)]) {
    if (await sysroot.exists(path)) return sysroot.isThisMachine ? path : join(sysroot.root, path);
  }
  return undefined;
}

/** A bare name is left to the loader of the process that opens it. */
async function isReadable(path: string): Promise<boolean> {
  if (!path.includes('/')) return true;
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}
