import type {Device, Problem} from '../../src/delegate/contract.ts';
import {type IntelNode, unlistedDevices} from './intel-nodes.ts';
import type {OpenvinoLibrary} from './library.ts';
import type {Listing} from './listing.ts';
import type {Stick} from './sticks.ts';
import {isMyriad} from './support.ts';
import {abilitiesOf} from './version.ts';

/** What there is to make devices of. */
export interface Findings {
  readonly library: OpenvinoLibrary | undefined;
  /** What the library lists, or why it cannot. */
  readonly listing: Listing | Problem;
  readonly sticks: readonly Stick[];
  readonly nodes: readonly IntelNode[];
  /** The configured device, alone or of a virtual kind: `AUTO:GPU,CPU`. */
  readonly wanted: string | undefined;
}

/** Accelerators before the CPU; the stick, for which people plug it in, before what is built in. */
const ranks = ['MYRIAD', 'NPU', 'GPU'];

export function devicesOf(findings: Findings): readonly Device[] {
  const {listing, sticks, nodes, wanted} = findings;
  if (!isListing(listing)) return sticks.map(stick => stickDevice(stick, sticks, stick.problem ?? listing));
  const facts = factsOf(findings, listing);
  const listed = listing.devices.map(({id, name}): Device => ({id, name, facts: {...facts, ...linkOf(id, sticks)}}));
  const ids = listed.map(({id}) => id);
  const all = [...listed, ...unlistedSticks(findings, listing, facts), ...unlistedDevices(nodes, ids)];
  if (wanted === undefined) return all.sort((a, b) => rank(a.id) - rank(b.id));
  const known = all.find(({id}) => id === wanted);
  return [known ?? configuredDevice(wanted, ids, facts)];
}

export function isListing(listing: Listing | Problem): listing is Listing {
  return 'devices' in listing;
}

function rank(id: string): number {
  if (id === 'CPU') return ranks.length + 1;
  const index = ranks.findIndex(kind => id.startsWith(kind));
  return index < 0 ? ranks.length : index;
}

function factsOf({library}: Findings, {version}: Listing): Readonly<Record<string, string>> {
  return {...(library === undefined ? {} : {library: library.path}), openvino: version};
}

/** Only with one stick is it plain which one `MYRIAD` is. */
function linkOf(id: string, sticks: readonly Stick[]): Readonly<Record<string, string>> {
  const [only] = sticks;
  return isMyriad(id) && sticks.length === 1 && only?.link !== undefined ? {link: only.link} : {};
}

/**
 * Sticks that the library does not list: it tells only of those that wait for their firmware, so one that it has booted
 * is in use, by our own process or another.
 */
function unlistedSticks({library, sticks}: Findings, listing: Listing, facts: Device['facts']): Device[] {
  const listed = listing.devices.filter(({id}) => isMyriad(id)).length;
  const healthy = sticks.filter(({problem}) => problem === undefined);
  const sick = sticks.filter(({problem}) => problem !== undefined);
  const hidden = healthy.slice(listed).map(stick => {
    const device = stickDevice(stick, sticks, hiddenProblem(stick, library, listing.version));
    return {...device, ...(facts === undefined ? {} : {facts: {...facts, ...device.facts}})};
  });
  return [...hidden, ...sick.map(stick => stickDevice(stick, sticks, stick.problem))];
}

function hiddenProblem(stick: Stick, library: OpenvinoLibrary | undefined, version: string): Problem | undefined {
  if (!abilitiesOf(version).drivesMyriad || library?.hasMyriadPlugin === false) {
    return {
      reason: `${version} (${library?.path}) has no plugin for Myriad devices; 2022.3.1 is the last release with it`,
      remedy: 'Install OpenVINO 2022.3.1 as docs/delegates/movidius.md tells, and give delegates.movidius.library.',
    };
  }
  if (stick.state === 'booted') return undefined;
  return {reason: `${version} does not list it`, remedy: 'Plug the stick out and in again.'};
}

function stickDevice(stick: Stick, sticks: readonly Stick[], problem: Problem | undefined): Device {
  const {address, state, link} = stick;
  const kind = state === 'myriad2' ? 'Myriad 2' : 'Myriad X';
  const place = address.replace(/^\d+-/, '');
  return {
    id: sticks.length === 1 ? 'MYRIAD' : `MYRIAD.${place}`,
    name: `Movidius ${kind} on USB ${address}`,
    ...(problem === undefined ? {} : {problem}),
    facts: {state, ...(link === undefined ? {} : {link})},
  };
}

/** A device that OpenVINO makes of others, or one that it does not list now. */
function configuredDevice(wanted: string, listed: readonly string[], facts: Device['facts']): Device {
  const [kind = wanted, parts = ''] = wanted.split(/:(.*)/);
  const named = parts === '' ? [] : parts.split(',').map(part => part.replace(/\(\d+\)$/, ''));
  const needed =
    parts === '' && kind !== 'AUTO' && kind !== 'MULTI' ? [wanted] : named.filter(id => !id.startsWith('-'));
  const missing = needed.find(
    id => !listed.some(known => known === id || known.startsWith(`${id}.`) || id === `${known}.0`),
  );
  const device = {id: wanted, name: `OpenVINO ${wanted}`, ...(facts === undefined ? {} : {facts})};
  if (missing === undefined) return device;
  const reason = `OpenVINO lists no device ${missing}, only ${listed.join(', ') || 'none'}`;
  return {...device, problem: {reason, remedy: 'Correct delegates.movidius.device, or see `dunlin devices`.'}};
}
