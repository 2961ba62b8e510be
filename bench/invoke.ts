import {join} from 'node:path';
import {packageRoot} from '../src/native/package-root.ts';
import {findTflite} from '../src/native/runtime.ts';
import {interleave, median, Peer, type Round} from './lib/peer.ts';
import {progress, type Row} from './lib/report.ts';
import {buildFloor, pythonPeers, tfjsPeer} from './lib/setup.ts';

const models = [
  'mobilenet_v1_0.25_128_quant',
  'tf2_mobilenet_v2_1.0_224_ptq',
  'mobilenet_v2_1.0_224_quant',
  'deeplabv3_mnv2_dm05_pascal_quant',
  'movenet_single_pose_lightning_ptq',
];
const target = 1.02;
const roundMs = 300;
const base = 'bare C';
/** All on one core: on a machine with others on it, a second core measures who else wakes up there. */
const pinned = ['taskset', '-c', '0'];

/** One thread, same inputs: our session against bare C on the same library, ai-edge-litert and tfjs-tflite-node. */
export async function benchInvoke(data: string, rounds: number): Promise<Row[]> {
  const floor = buildFloor();
  const python = pythonPeers();
  const tfjs = await tfjsPeer();
  const {path: library} = findTflite();
  const rows: Row[] = [];
  for (const name of models) {
    const model = join(data, 'models', `${name}.tflite`);
    const peer = (label: string, command: readonly string[]) => new Peer(label, [...pinned, ...command, model]);
    const peers = [
      peer(base, [floor, 'invoke', library]),
      peer('dunlin', [process.execPath, join(packageRoot, 'dist/bench/peers/dunlin-invoke.js')]),
      peer('ai-edge-litert', [python, join(packageRoot, 'bench/peers/invoke.py')]),
      ...(tfjs === undefined
        ? []
        : [peer('tfjs-tflite-node', [process.execPath, join(packageRoot, 'bench/peers/tfjs-invoke.mjs'), tfjs])]),
    ];
    progress(`invoke: ${name}`);
    const results = await interleave(peers, rounds, roundMs).finally(() => {
      for (const one of peers) one.close();
    });
    rows.push(...toRows(name, results));
  }
  return rows;
}

function toRows(model: string, results: ReadonlyMap<string, readonly Round[]>): Row[] {
  const floor = results.get(base)!;
  return (['wallMs', 'cpuMs'] as const).flatMap(clock =>
    [...results].map(([peer, rounds]): Row => {
      const ratio = median(rounds.map((round, index) => round[clock] / floor[index]![clock]));
      const value = median(rounds.map(round => round[clock]));
      const goal = peer === 'dunlin' ? {target: `≤ ${target}`, met: ratio <= target} : {};
      return {
        bench: 'invoke',
        what: `${model}, ${clock === 'wallMs' ? 'wall' : 'CPU'}`,
        peer,
        value,
        unit: 'ms',
        ratio,
        ...goal,
      };
    }),
  );
}
