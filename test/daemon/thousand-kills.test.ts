import {readdirSync, readFileSync} from 'node:fs';
import test from 'ava';
import type {ResultMessage} from '../../src/sink/contract.ts';
import {FailoverRig, gapsOf} from '../helpers/failover.ts';
import {childrenOf} from '../helpers/processes.ts';

/** All of them take about ten minutes; a tenth tells the same story when there is no time for that. */
const kills = Number(process.env.DUNLIN_TEST_KILLS ?? 100);
/** Kills between two looks at memory and descriptors. */
const perRound = Math.max(1, Math.floor(kills / 10));
const impatient = {retryFirstMs: 10, retryMostMs: 20, settledAfterMs: 0, restarts: 1_000_000};

interface Event {
  readonly id: string;
  readonly type: 'start' | 'update' | 'end';
}

test(`the device's process is killed ${kills} times under a live pipeline`, async t => {
  t.timeout(60 * 60_000);
  // Little room for garbage: what grows nevertheless is a leak.
  const env = {NODE_OPTIONS: '--max-old-space-size=48'};
  const rig = await FailoverRig.start({failover: impatient, fps: 50, env});
  t.teardown(() => rig.stop());
  const {pid} = rig.daemon;
  const rounds: {rssMiB: number; descriptors: number; shared: number}[] = [];
  for (let kill = 1; kill <= kills; kill++) {
    await rig.resultFrom('npu');
    const hosts = await rig.hosts();
    t.is(hosts.length, 1, 'one process per device');
    process.kill(hosts[0]!, 'SIGKILL');
    await rig.resultFrom('cpu');
    if (kill % perRound === 0) {
      await rig.resultFrom('npu');
      rounds.push({rssMiB: rig.daemon.rssMiB(), ...descriptorsOf(pid)});
    }
  }
  await rig.resultFrom('npu');
  const {results, states} = rig;
  const away = gapsAround(results, 'npu', 'cpu');
  const back = gapsAround(results, 'cpu', 'npu');
  const still = [...gapsAround(results, 'cpu', 'cpu'), ...gapsAround(results, 'npu', 'npu')];
  const failovers = states.findLast(({failover}) => failover !== undefined)!.failover!;
  t.log(`gap between results where a kill moved the pipeline: ${distribution(away)}`);
  t.log(`where the device was taken back: ${distribution(back)}; elsewhere: ${distribution(still)}`);
  t.log(
    `${results.length} results, ${failovers.count} moves; ${JSON.stringify(rounds.map(({rssMiB}) => Math.round(rssMiB)))} MiB`,
  );

  t.true(Math.max(...away, ...back) < 1000, `worst gap around a move: ${Math.max(...away, ...back)} ms`);
  t.true(failovers.count >= 2 * kills, `${failovers.count} moves`);
  t.true(inOrder(results.map(({frame}) => frame)), 'every result in the order of its frame, none twice');
  t.deepEqual(disorder(eventsOf(rig)), [], 'every occurrence starts once, then goes on, then ends');
  const [first, last] = [rounds[0]!, rounds.at(-1)!];
  t.is(last.descriptors, first.descriptors, 'no descriptor is left behind');
  t.is(last.shared, first.shared, 'no shared memory is left behind');
  t.true(last.rssMiB < rounds[Math.floor(rounds.length / 2)]!.rssMiB + 15, JSON.stringify(rounds));
  t.deepEqual(await zombies(pid), []);
  t.is(await rig.daemon.stop(), 0, 'the daemon is still the first one, and ends as it is told');
});

/** Waits for a result where the delegate changes. */
function gapsAround(results: readonly ResultMessage[], from: string, to: string): number[] {
  return gapsOf(results).filter(
    (_, index) => results[index]!.delegate.id === from && results[index + 1]!.delegate.id === to,
  );
}

function distribution(gaps: readonly number[]): string {
  const sorted = [...gaps].sort((one, other) => one - other);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!);
  return `${gaps.length} times, ms: p50 ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}, worst ${at(1)}`;
}

function inOrder(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || number > numbers[index - 1]!);
}

function eventsOf(rig: FailoverRig): Event[] {
  return rig.listener.messages.filter(({topic}) => topic.endsWith('/event')).map(({text}) => JSON.parse(text) as Event);
}

function disorder(events: readonly Event[]): string[] {
  const open = new Set<string>();
  const over = new Set<string>();
  const wrong: string[] = [];
  for (const {id, type} of events) {
    const fits = type === 'start' ? !open.has(id) && !over.has(id) : open.has(id);
    if (!fits) wrong.push(`${type} of ${id}`);
    if (type === 'start') open.add(id);
    if (type === 'end' && open.delete(id)) over.add(id);
  }
  return wrong;
}

function descriptorsOf(pid: number): {descriptors: number; shared: number} {
  const maps = readFileSync(`/proc/${pid}/maps`, 'utf8');
  return {
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    shared: maps.split('\n').filter(line => line.includes('memfd:')).length,
  };
}

async function zombies(pid: number): Promise<number[]> {
  const children = await childrenOf(pid);
  return children.filter(child => /^State:\s+Z/m.test(readFileSync(`/proc/${child}/status`, 'utf8')));
}
