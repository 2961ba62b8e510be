import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import type {ExecutionContext} from 'ava';

/** A system root with these files (a path ending in `/` is an empty folder), removed when the test ends. */
export async function fakeRoot(t: ExecutionContext, files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'dunlin-root-'));
  t.teardown(() => rm(root, {recursive: true, force: true}));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(path.endsWith('/') ? join(root, path) : dirname(join(root, path)), {recursive: true});
    if (!path.endsWith('/')) await writeFile(join(root, path), content);
  }
  return root;
}

/** Folder of a board's committed files. */
export function boardRoot(board: string): string {
  return join(process.cwd(), 'test', 'fixtures', 'sysroot', board);
}
