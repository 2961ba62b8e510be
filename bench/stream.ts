import {join} from 'node:path';
import {packageRoot} from '../src/native/package-root.ts';
import {findTflite} from '../src/native/runtime.ts';
import {median} from './lib/peer.ts';
import {type Cost, startBroker, timed, writeConfig} from './lib/process.ts';
import {progress, type Row} from './lib/report.ts';
import {buildFloor, makeFrames, pythonPeers} from './lib/setup.ts';

const models = [
  {name: 'mobilenet_v1_0.25_128_quant', python: 3.4},
  {name: 'tf2_mobilenet_v2_1.0_224_ptq', python: 1.6},
];
const floorTarget = 1.05;
/** Frames: a frame costs the difference between the two runs, so that start-up and V8's compiling do not count. */
const lengths = {short: 1000, long: 3000};

type Command = (folder: string) => readonly string[];

/** 720p JPEG → top-1 → MQTT on one core: CPU per frame, and frames per second. */
export async function benchStream(data: string, rounds: number): Promise<Row[]> {
  const photo = join(data, 'images', 'cats_and_dogs.jpg');
  progress('stream: making frames');
  const folders = {short: makeFrames(photo, lengths.short), long: makeFrames(photo, lengths.long)};
  const floor = buildFloor();
  const python = pythonPeers();
  const {path: library} = findTflite();
  const broker = await startBroker();
  try {
    const rows: Row[] = [];
    for (const {name, python: target} of models) {
      const model = join(data, 'models', `${name}.tflite`);
      const loop = join(packageRoot, 'bench/peers/stream.py');
      const commands: Readonly<Record<string, Command>> = {
        'bare C': folder => [floor, 'stream', library, 'libturbojpeg.so.0', model, folder, String(broker.port)],
        dunlin: folder => [
          process.execPath,
          join(packageRoot, 'bin/dunlin'),
          'up',
          '--config',
          configFor(model, folder, broker.port),
        ],
        'python usual': folder => [python, loop, model, folder, String(broker.port)],
        'python tuned': folder => [python, loop, model, folder, String(broker.port), 'reduced'],
      };
      rows.push(...toRows(name, target, await measure(name, commands, {folders, rounds})));
    }
    return rows;
  } finally {
    broker.stop();
  }
}

function configFor(model: string, folder: string, port: number): string {
  const pipeline = {source: folder, model, threads: 1, rules: {threshold: 1}};
  return writeConfig(
    JSON.stringify({mqtt: {url: `mqtt://127.0.0.1:${port}`}, log: {level: 'error'}, pipelines: {bench: pipeline}}),
  );
}

/** Per command and round, what one frame costs. */
async function measure(
  model: string,
  commands: Readonly<Record<string, Command>>,
  {folders, rounds}: {folders: Readonly<Record<'short' | 'long', string>>; rounds: number},
) {
  const costs = new Map<string, Cost[]>(Object.keys(commands).map(name => [name, []]));
  const frames = lengths.long - lengths.short;
  for (let round = 0; round < rounds; round++) {
    progress(`stream: ${model}, round ${round + 1} of ${rounds}`);
    for (const [name, command] of Object.entries(commands)) {
      const short = await timed(command(folders.short));
      const long = await timed(command(folders.long));
      costs.get(name)!.push({cpuS: (long.cpuS - short.cpuS) / frames, wallS: (long.wallS - short.wallS) / frames});
    }
  }
  return costs;
}

function toRows(model: string, pythonTarget: number, costs: ReadonlyMap<string, readonly Cost[]>): Row[] {
  const floor = costs.get('bare C')!;
  const dunlin = costs.get('dunlin')!;
  return [...costs].flatMap(([peer, measured]): Row[] => {
    const toFloor = median(measured.map(({cpuS}, round) => cpuS / floor[round]!.cpuS));
    const toDunlin = median(measured.map(({cpuS}, round) => cpuS / dunlin[round]!.cpuS));
    const goal =
      peer === 'dunlin'
        ? {target: `≤ ${floorTarget} of bare C`, met: toFloor <= floorTarget}
        : peer === 'python usual'
          ? {target: `dunlin ≥ ${pythonTarget}× faster (is ${toDunlin.toFixed(2)}×)`, met: toDunlin >= pythonTarget}
          : {};
    return [
      {
        bench: 'stream',
        what: `${model}, CPU per frame`,
        peer,
        value: 1000 * median(measured.map(({cpuS}) => cpuS)),
        unit: 'ms',
        ratio: toFloor,
        ...goal,
      },
      {
        bench: 'stream',
        what: `${model}, rate`,
        peer,
        value: 1 / median(measured.map(({wallS}) => wallS)),
        unit: '1/s',
      },
    ];
  });
}
