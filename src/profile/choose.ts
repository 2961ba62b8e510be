import type {ModelKind, Profile} from './schema.ts';

/** Threads of one run: what the profile says, but never more than the cores that are there. */
export function threadsFor(profile: Profile, cores: number | undefined): number {
  return Math.max(1, Math.min(profile.threads, cores ?? profile.threads));
}

/** Delegates to try for a kind of model, best first; the CPU where the profile says nothing. */
export function delegatesFor(profile: Profile, kind: ModelKind): readonly string[] {
  return profile.delegates[kind] ?? ['cpu'];
}
