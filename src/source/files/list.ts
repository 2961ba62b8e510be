import {readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {SourceError} from '../../error/errors.ts';
import {expandGlob, hasGlob} from './glob.ts';
import {comparePaths} from './natural-sort.ts';
import {mediaExtensions} from './sniff.ts';

/** Files of a source, in order. `many` when a directory or pattern was named, however few it holds. */
export interface FileList {
  readonly paths: readonly string[];
  readonly many: boolean;
}

/**
 * The files that a path, directory or glob stands for. A directory gives its pictures and videos by file extension,
 * without its subdirectories; a glob gives what it matches.
 *
 * @throws {SourceError} nothing there
 */
export async function listFiles(path: string): Promise<FileList> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => error);
  if (!(found instanceof Error)) {
    return found.isDirectory() ? {paths: await listDirectory(path), many: true} : {paths: [path], many: false};
  }
  if (!hasGlob(path)) {
    const reason = found.code === 'ENOENT' ? 'no such file or directory' : found.message;
    throw new SourceError(`${path}: ${reason}`, 'Check the path.', {cause: found});
  }
  const paths = (await expandGlob(path)).sort(comparePaths);
  if (paths.length > 0) return {paths, many: true};
  throw new SourceError(
    `${path}: no file matches`,
    'Check the pattern, and quote it so that the shell leaves it alone.',
  );
}

async function listDirectory(directory: string): Promise<string[]> {
  const entries = await readdir(directory, {withFileTypes: true}).catch((error: NodeJS.ErrnoException) => {
    throw new SourceError(`${directory}: ${error.message}`, 'Check the permissions of the directory.', {cause: error});
  });
  const paths = entries
    .filter(entry => !entry.isDirectory() && !entry.name.startsWith('.') && mediaExtensions.has(extension(entry.name)))
    .map(entry => join(directory, entry.name))
    .sort(comparePaths);
  if (paths.length > 0) return paths;
  throw new SourceError(
    `${directory}: holds no pictures or videos`,
    'Files are taken by their extension (jpg, png, webp, bmp, mp4, mkv …); name others by a pattern such as DIR/*.',
  );
}

function extension(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? '' : name.slice(dot + 1).toLowerCase();
}
