import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {packageRoot} from '../../src/native/package-root.ts';

/** A path in the shared models and reference results beside the repository. @throws when they are not there */
export function sharedData(...parts: readonly string[]): string {
  const root = join(packageRoot, '..', 'shared', 'data');
  if (!existsSync(root))
    throw new Error('the shared test data is missing: expected a folder ../shared/data beside the repository');
  return join(root, ...parts);
}
