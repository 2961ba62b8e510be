import {type ChildProcessWithoutNullStreams, spawn} from 'node:child_process';
import {createInterface} from 'node:readline';

/** What a round of runs cost; milliseconds. */
export interface Round {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** A program that answers "N" on stdin with "WALL_MS CPU_MS" for N runs. */
export class Peer {
  readonly name: string;
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly lines: AsyncIterator<string>;
  private lastWords = '';

  constructor(name: string, command: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.name = name;
    this.child = spawn(command[0]!, command.slice(1), {env: {...process.env, ...env}});
    this.child.stderr.on('data', chunk => {
      this.lastWords = (this.lastWords + String(chunk)).slice(-2000);
    });
    this.lines = createInterface({input: this.child.stdout})[Symbol.asyncIterator]();
  }

  async round(runs: number): Promise<Round> {
    this.child.stdin.write(`${runs}\n`);
    const {value, done} = await this.lines.next();
    const [wallMs, cpuMs] = String(value).split(' ').map(Number);
    if (done || wallMs === undefined || cpuMs === undefined) throw new Error(`${this.name} ended: ${this.lastWords}`);
    return {wallMs, cpuMs};
  }

  close(): void {
    this.child.stdin.end();
    this.child.kill();
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Runs the peers in turn, A B C A B C …, so that drift of the machine hits all alike. A peer's round has as many runs as
 * fill `roundMs` by the quickest of its warm-up rounds.
 *
 * @returns per peer what one run took, one entry a round
 */
export async function interleave(
  peers: readonly Peer[],
  rounds: number,
  roundMs: number,
): Promise<Map<string, Round[]>> {
  const results = new Map<string, Round[]>(peers.map(({name}) => [name, []]));
  const runs = new Map<string, number>();
  for (const peer of peers) runs.set(peer.name, await runsFor(peer, roundMs));
  for (let round = 0; round < rounds; round++) {
    for (const peer of peers) {
      const count = runs.get(peer.name)!;
      const {wallMs, cpuMs} = await peer.round(count);
      results.get(peer.name)!.push({wallMs: wallMs / count, cpuMs: cpuMs / count});
    }
  }
  return results;
}

async function runsFor(peer: Peer, roundMs: number): Promise<number> {
  const {cpuMs} = await peer.round(3);
  const count = Math.max(1, Math.round((3 * roundMs) / Math.max(cpuMs, 0.1)));
  const warm = await peer.round(count); // also warms up a compiler
  return Math.max(1, Math.round((count * roundMs) / warm.cpuMs));
}
