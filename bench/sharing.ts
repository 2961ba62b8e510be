import {rm} from 'node:fs/promises';
import {dirname} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Lane, NativeSession} from '../src/native/api.ts';
import {loadNative} from '../src/native/load.ts';
import {quantile} from '../src/pipeline/latency.ts';
import {buildDouble} from '../test/helpers/build-double.ts';
import {RawHost} from '../test/helpers/raw-host.ts';
import {progress, type Row} from './lib/report.ts';

/** A control loop: one run of 5 ms, 20 times a second. */
const loop = {runMs: 5, everyMs: 50};
/** What else the device does: two pipelines that always have a frame waiting. */
const busyRunMs = 20;

/** Times of a pipeline with a deadline on a device that two busy ones share; the device is a double that sleeps. */
export async function benchSharing(_data: string, rounds: number): Promise<Row[]> {
  progress('sharing: a pipeline with a deadline beside two busy ones');
  const library = await buildDouble('tflite-double');
  const host = RawHost.tflite(library);
  const open = async (runMs: number) => {
    const lane = loadNative().laneCreate('sharer');
    return {lane, session: (await host.open(lane, `runMs=${runMs}`)).session};
  };
  const measured = await open(loop.runMs);
  const others = [await open(busyRunMs), await open(busyRunMs)];
  const frames = rounds * 40;
  const alone = await times(measured, frames, true);
  const stop = new AbortController();
  const busy = others.map(other => keepBusy(other, stop.signal));
  const fair = await times(measured, frames, false);
  const due = await times(measured, frames, true);
  stop.abort();
  await Promise.all(busy);
  await host.stop();
  await rm(dirname(library), {recursive: true});
  const limitMs = quantile(alone, 0.99) + busyRunMs + 1;
  const isMet = quantile(due, 0.99) <= limitMs;
  return [
    ...rowsOf('alone', alone),
    ...rowsOf('beside two busy ones, by fair shares', fair),
    ...rowsOf('beside two busy ones, with maxAgeMs', due, {target: `≤ ${limitMs.toFixed(0)} ms`, met: isMet}),
  ];
}

interface Sharer {
  readonly lane: Lane;
  readonly session: NativeSession;
}

async function times({lane, session}: Sharer, frames: number, hasDue: boolean): Promise<number[]> {
  const taken: number[] = [];
  for (let frame = 0; frame < frames; frame++) {
    const startedAt = performance.now();
    const dueNs = process.hrtime.bigint() + BigInt(loop.everyMs * 1_000_000);
    await loadNative().laneSubmit(lane, {session, ...(hasDue && {dueNs})});
    taken.push(performance.now() - startedAt);
    await sleep(Math.max(0, loop.everyMs - (performance.now() - startedAt)));
  }
  return taken.sort((one, other) => one - other);
}

async function keepBusy({lane, session}: Sharer, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await loadNative().laneSubmit(lane, {session});
}

/** @param goal of p99: one run of another pipeline on top of being alone */
function rowsOf(peer: string, sorted: readonly number[], goal: {target?: string; met?: boolean} = {}): Row[] {
  const what = (share: number) => `frame to answer, p${share * 100}`;
  const of = (share: number) => ({
    bench: 'sharing',
    what: what(share),
    peer,
    value: quantile(sorted, share),
    unit: 'ms',
  });
  return [of(0.5), {...of(0.99), ...goal}];
}
