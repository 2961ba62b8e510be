import type {Event} from '../event/event.ts';
import type {PipelineState} from './contract.ts';
import type {Health, NodeInfo} from './mqtt/node-payloads.ts';
import type {ResultPayload} from './mqtt/payloads.ts';

/** Control characters in a label, source or reason must not reach a terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '·');
}

function percent(score: number): string {
  return `${Math.round(score * 100)} %`;
}

/** `14:03:07`, local time; the text itself where it is no time. */
export function clockTime(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? printable(iso) : time.toLocaleTimeString('en-GB');
}

function seconds(event: Event): string {
  const ms = Date.parse(event.endedAt ?? event.at) - Date.parse(event.startedAt);
  return `${(ms / 1000).toFixed(1)} s`;
}

/** An event in a few words: `person began, 93 %, at 120,40 size 60x160`. */
export function describeEvent(event: Event): string {
  const label = printable(event.label);
  if (event.type === 'end') return `${label} ended after ${seconds(event)}, best ${percent(event.bestScore)}`;
  const {box, count} = event;
  const parts = [`${label} ${event.type === 'start' ? 'began' : 'goes on'}`, percent(event.score)];
  if (count !== undefined && count > 1) parts.push(`${count} in view`);
  if (box !== undefined) {
    parts.push(`at ${[box.x, box.y].map(Math.round)} size ${[box.width, box.height].map(Math.round).join('x')}`);
  }
  return parts.join(', ');
}

const shownItems = 3;

function list(items: readonly string[]): string {
  if (items.length === 0) return 'nothing';
  const rest = items.length - shownItems;
  return items.slice(0, shownItems).join(', ') + (rest > 0 ? `, ${rest} more` : '');
}

function describeContent({result}: ResultPayload): string {
  switch (result.task) {
    case 'classify':
      return list(result.classes.map(({label, index, score}) => `${label || index} ${percent(score)}`));
    case 'detect':
      return list(result.detections.map(({label, index, score}) => `${label || index} ${percent(score)}`));
    case 'segment':
      return list(result.classes.map(({label, index, fraction}) => `${label || index} ${percent(fraction)}`));
    case 'tensor':
      return list(result.outputs.map(({name, shape}) => `${name} [${shape.join(', ')}]`));
  }
}

/** A result in a few words: `person 93 %, dog 71 % (frame 120, 12.3 ms, 18 ms old)`. */
export function describeResult(message: ResultPayload): string {
  const timing = `${message.timing.totalMs.toFixed(1)} ms, ${Math.round(message.ageMs)} ms old`;
  return printable(`${describeContent(message)} (frame ${message.frame}, ${timing})`);
}

/**
 * A state in a few words: `running, 14.8 fps, ssd on cpu, not edgetpu usb:0 (unplugged; to do: plug it in)`.
 * What the reason says already is not said again.
 */
export function describeState(state: PipelineState): string {
  const {status, fps, model, delegate, latencyMs, reason, frames, failover} = state;
  const parts = [status, `${fps.toFixed(1)} fps`, delegate ? `${model} on ${delegate.id} ${delegate.device}` : model];
  if (latencyMs) parts.push(`p50 ${Math.round(latencyMs.p50)} ms, p99 ${Math.round(latencyMs.p99)} ms`);
  const troubles = (['dropped', 'bad', 'late', 'restarts'] as const).filter(name => frames[name] > 0);
  if (troubles.length > 0) parts.push(troubles.map(name => `${frames[name]} ${name}`).join(', '));
  if (reason !== undefined) parts.push(reason);
  for (const rejected of delegate?.rejected ?? []) parts.push(describeRejection(rejected, reason));
  if (failover !== undefined) parts.push(describeFailover(failover));
  return printable(parts.join(', '));
}

type Rejection = NonNullable<NonNullable<PipelineState['delegate']>['rejected']>[number];

function describeRejection({delegate, device, reason, remedy}: Rejection, said = ''): string {
  const place = device === undefined ? delegate : `${delegate} ${device}`;
  const why = [said.includes(reason) ? '' : reason, remedy === undefined ? '' : `to do: ${remedy}`].filter(Boolean);
  return `not ${place}${why.length === 0 ? '' : ` (${why.join('; ')})`}`;
}

/** `2 moves, last edgetpu usb:0 → cpu at 14:03:07 (its process crashed; 240 ms without a result)`. */
function describeFailover({count, last}: NonNullable<PipelineState['failover']>): string {
  const {at, from, to, cause, gapMs} = last;
  const moves = `${count} ${count === 1 ? 'move' : 'moves'}`;
  return `${moves}, last ${from} → ${to} at ${clockTime(at)} (${cause}; ${Math.round(gapMs)} ms without a result)`;
}

/**
 * What a node is, in a few words: `dunlin 0.1.0 on Raspberry Pi 5, delegates cpu, pipelines door, yard`; then devices
 * that cannot be used, and why others are absent.
 */
export function describeInfo({version, profile, delegates, pipelines}: NodeInfo): string {
  const present = delegates.filter(({devices}) => devices.length > 0).map(({id}) => id);
  const names = pipelines.map(({name}) => name);
  const troubles = delegates.flatMap(({id, devices, absence}) => [
    ...devices.flatMap(({id: device, problem}) =>
      problem === undefined ? [] : [`${id} ${device} cannot be used (${problem.reason}; to do: ${problem.remedy})`],
    ),
    ...(absence === undefined ? [] : [`no ${id} (${absence.reason})`]),
  ]);
  const head = `dunlin ${version} on ${profile.name}, delegates ${present.join(', ')}, pipelines ${names.join(', ')}`;
  return printable([head, ...troubles].join('; '));
}

/** How a node is, in a few words: `cpu-thermal 54 °C, 812 MB free, dunlin 71 MB, outbox 0`. */
export function describeHealth({temperatures, throttling, memory, disk, outbox, broker}: Health): string {
  const parts = temperatures.map(({zone, celsius}) => `${zone} ${Math.round(celsius)} °C`);
  if (throttling && throttling.now.length > 0) parts.push(throttling.now.join(', '));
  parts.push(`${megabytes(memory.availableBytes)} free`, `dunlin ${megabytes(memory.rssBytes)}`);
  if (disk) parts.push(`disk ${megabytes(disk.freeBytes)} free${disk.writable ? '' : ', read-only'}`);
  parts.push(`outbox ${outbox.depth}`);
  const lost = outbox.lostUpdates + outbox.lostOthers;
  if (lost > 0) parts.push(`${lost} events lost`);
  if (broker.resultsDropped > 0) parts.push(`${broker.resultsDropped} results dropped`);
  return printable(parts.join(', '));
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
