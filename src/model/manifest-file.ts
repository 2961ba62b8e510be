import {readFile} from 'node:fs/promises';
import {dirname, isAbsolute, join, normalize} from 'node:path';
import type {z} from 'zod';
import {ManifestError} from '../error/errors.ts';
import {jsonErrorPosition} from './json-position.ts';
import {type Manifest, manifestSchema} from './manifest.ts';

/** Larger than any manifest with 100,000 labels inside. */
const maxBytes = 8 * 2 ** 20;

/**
 * Reads and checks a `model.json`.
 *
 * @throws {ManifestError} names the key, what was expected and what came
 */
export async function readManifest(path: string): Promise<Manifest> {
  return parseManifest(await readSmallText(path), path);
}

/** Reads a text file that belongs to a model. @throws {ManifestError} missing, unreadable or too large */
export async function readSmallText(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new ManifestError(`${path}: cannot be read (${reason})`, 'Check the path and its permissions.', {cause});
  }
  if (bytes.length > maxBytes) {
    throw new ManifestError(`${path}: ${bytes.length} bytes, at most ${maxBytes}`, 'Give a smaller file.');
  }
  return bytes.toString('utf8');
}

/**
 * Checks the text of a `model.json`.
 *
 * @param where the file, for messages
 * @throws {ManifestError}
 */
export function parseManifest(text: string, where: string): Manifest {
  const json = text.replace(/^\uFEFF/, '');
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new ManifestError(`${where}:${jsonErrorPosition(json)}: not valid JSON`, 'Correct the JSON at this place.', {
      cause,
    });
  }
  const parsed = manifestSchema.safeParse(value, {reportInput: true});
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(issueText);
  throw new ManifestError(
    `${where}: ${lines.join('; ')}`,
    'See docs/models.md for the keys; `dunlin inspect MODEL` prints a manifest to start from.',
  );
}

function issueText(issue: z.core.$ZodIssue): string {
  const path = issue.path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`))
    .join('');
  const got = 'input' in issue && typeof issue.input !== 'object' ? `, got ${JSON.stringify(issue.input)}` : '';
  return `${path || 'manifest'}: ${issue.message}${got}`;
}

/**
 * Joins a file named in a manifest to the manifest's folder.
 *
 * @throws {ManifestError} the name leaves the folder
 */
export function besideManifest(manifestPath: string, file: string, key: string): string {
  const relative = normalize(file);
  if (isAbsolute(relative) || relative.split('/').includes('..')) {
    throw new ManifestError(
      `${manifestPath}: ${key} is "${file}", expected a file in or below the manifest's folder`,
      'Put the file beside model.json and name it relative to it.',
    );
  }
  return join(dirname(manifestPath), relative);
}
