import {createInterface} from 'node:readline';
import {cpu} from '../../delegates/cpu/index.ts';
import {silentLog} from '../../src/log/log.ts';
import {loadModel} from '../../src/model/load.ts';
import {createDelegate} from '../../test/helpers/delegate.ts';

/** Answers "N" on stdin with "WALL_MS CPU_MS" for N runs of our own session: dunlin-invoke MODEL. */
const model = await loadModel(process.argv[2]!);
const [device] = await createDelegate(cpu).probe();
const session = await createDelegate(cpu).open(model, device!, {threads: 1, xnnpack: true, log: silentLog});
for (const tensor of session.inputs) tensor.data.fill(0);
for await (const line of createInterface({input: process.stdin})) {
  const wall = performance.now();
  const before = process.cpuUsage();
  for (let run = Number(line); run > 0; run--) await session.run();
  const {user, system} = process.cpuUsage(before);
  process.stdout.write(`${performance.now() - wall} ${(user + system) / 1000}\n`);
}
await session.close();
