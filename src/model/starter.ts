import {basename} from 'node:path';
import type {Manifest} from './manifest.ts';
import type {Model} from './model.ts';

/**
 * Text of a `model.json` to start from: the manifest in use with the file's hash, and labels where the file itself has none.
 */
export function writeStarterManifest(model: Model): string {
  const {manifest, labels} = model;
  const isPacked = model.reasons.labels?.startsWith('read from the') === true;
  const starter: Manifest = {
    ...manifest,
    variants: withHash(model),
    ...(labels.length > 0 && !isPacked && {labels: [...labels]}),
  };
  return `${JSON.stringify(starter, null, 2)}\n`;
}

/** The variants, with the sha256 of the one that was loaded. */
function withHash({manifest, path, sha256}: Model): Manifest['variants'] {
  const entries = Object.entries(manifest.variants).map(([delegate, entry]) => {
    const isLoaded = entry && 'file' in entry && basename(entry.file) === basename(path);
    return [delegate, isLoaded ? {...entry, sha256} : entry] as const;
  });
  return Object.fromEntries(entries);
}
