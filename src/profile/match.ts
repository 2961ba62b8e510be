import {ConfigError} from '../error/errors.ts';
import {Sysroot} from '../system/sysroot.ts';
import {type Facts, readFacts} from './facts.ts';
import type {Fingerprint, Profile} from './schema.ts';

export interface ProfileMatch {
  readonly profile: Profile;
  /** Sum of the matching signs' scores; 0 when nothing matched and a generic profile stands in. */
  readonly score: number;
  /** One sentence per matching sign, strongest first. */
  readonly why: readonly string[];
}

/**
 * The profile of the board under `sysroot`.
 *
 * @param options.sysroot root of the system to look at; `/` for this machine
 * @param options.id takes this profile whatever the signs say (`profile:` in the configuration)
 * @throws {ConfigError} no profile has this id, or there are no profiles
 */
export async function matchProfile(options: {
  readonly sysroot: string;
  readonly profiles: readonly Profile[];
  readonly id?: string;
}): Promise<ProfileMatch> {
  const {profiles, id} = options;
  if (id !== undefined && id !== 'auto') return {profile: profileById(profiles, id), score: 0, why: ['named by you']};
  const sysroot = new Sysroot(options.sysroot);
  const [best] = await rankProfiles(profiles, await readFacts(sysroot), sysroot);
  if (best === undefined) throw new ConfigError('profile: no device profiles found', 'Reinstall the package.');
  return best;
}

/** Every profile with its score, best first. Ties go to the one with the strongest single sign, then by id. */
export async function rankProfiles(
  profiles: readonly Profile[],
  facts: Facts,
  sysroot: Sysroot,
): Promise<readonly ProfileMatch[]> {
  const ranked = await Promise.all(
    profiles.map(async profile => {
      const signs: {score: number; why: string}[] = [];
      for (const fingerprint of profile.fingerprints) {
        const found = await matches(fingerprint, facts, sysroot);
        if (found !== undefined) signs.push({score: fingerprint.score, why: found});
      }
      signs.sort((one, other) => other.score - one.score);
      return {profile, score: signs.reduce((sum, sign) => sum + sign.score, 0), signs, strongest: signs[0]?.score ?? 0};
    }),
  );
  ranked.sort(
    (one, other) =>
      other.score - one.score ||
      other.strongest - one.strongest ||
      Number(other.profile.generic) - Number(one.profile.generic) ||
      (one.profile.id < other.profile.id ? -1 : 1),
  );
  return ranked.map(({profile, score, signs}) => ({
    profile,
    score,
    why: score === 0 ? ['nothing about this board is known'] : signs.map(sign => sign.why),
  }));
}

function profileById(profiles: readonly Profile[], id: string): Profile {
  const found = profiles.find(profile => profile.id === id);
  if (found) return found;
  throw new ConfigError(
    `profile: there is no device profile "${id}"`,
    `Use auto, or one of ${profiles.map(profile => profile.id).join(', ')}.`,
  );
}

/** What matched, in words; undefined when it did not. */
async function matches(fingerprint: Fingerprint, facts: Facts, sysroot: Sysroot): Promise<string | undefined> {
  switch (fingerprint.is) {
    case 'device-tree-compatible':
      return facts.compatible.includes(fingerprint.value) ? `device tree: ${fingerprint.value}` : undefined;
    case 'device-tree-model':
      return matchText('device tree model', facts.model, fingerprint.pattern);
    case 'dmi':
      return matchText(`DMI ${fingerprint.field}`, facts.dmi[fingerprint.field], fingerprint.pattern);
    case 'cpuinfo':
      return matchText(`cpuinfo ${fingerprint.field}`, facts.cpuinfo[fingerprint.field], fingerprint.pattern);
    case 'tegra-release':
      return matchText('nv_tegra_release', facts.tegraRelease, fingerprint.pattern);
    case 'usb':
    case 'pci': {
      const device = facts[fingerprint.is].find(({id}) => id === fingerprint.id);
      return device && `${fingerprint.is} ${device.id} at ${device.address}`;
    }
    case 'file':
      return (await sysroot.exists(fingerprint.path)) ? `${fingerprint.path} exists` : undefined;
    case 'arch':
      return facts.arch === fingerprint.value ? `architecture ${fingerprint.value}` : undefined;
  }
}

function matchText(what: string, text: string | undefined, pattern: string): string | undefined {
  return text !== undefined && new RegExp(pattern, 'u').test(text) ? `${what}: ${text}` : undefined;
}
