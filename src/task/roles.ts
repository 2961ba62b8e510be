import {ManifestError} from '../error/errors.ts';
import type {Manifest, OutputRole} from '../model/manifest.ts';

/** Output index by role, for the roles that the manifest names. */
export type RoleIndexes = Partial<Record<OutputRole, number>>;

/**
 * Reads the manifest's `outputs` once.
 *
 * @throws {ManifestError} a role that decoders read is given twice, or an index is beyond the file's outputs
 */
export function resolveRoles(manifest: Manifest, outputCount: number): RoleIndexes {
  const indexes: RoleIndexes = {};
  manifest.outputs.forEach(({role, index}, position) => {
    if (index >= outputCount) {
      throw new ManifestError(
        `${manifest.name}: outputs[${position}].index is ${index}, expected below ${outputCount}`,
        'Count the outputs of the model file from 0; `dunlin inspect` lists them.',
      );
    }
    if (role === 'state' || role === 'ignored') return;
    if (indexes[role] !== undefined) {
      throw new ManifestError(
        `${manifest.name}: outputs[${position}].role "${role}" was given before, for output ${indexes[role]}`,
        'Give each role once; mark the outputs that the decoder must not read as "ignored".',
      );
    }
    indexes[role] = index;
  });
  return indexes;
}

/** The output with this role. @throws {ManifestError} the manifest names none */
export function requireRole(roles: RoleIndexes, role: OutputRole, where: string): number {
  const index = roles[role];
  if (index !== undefined) return index;
  const given = Object.keys(roles).join(', ') || 'none';
  throw new ManifestError(
    `${where}: outputs[].role "${role}" is missing; roles given: ${given}`,
    `Add the output with the role "${role}" to "outputs" in model.json.`,
  );
}
