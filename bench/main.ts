import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {packageRoot} from '../src/native/package-root.ts';
import {benchFootprint} from './footprint.ts';
import {benchInvoke} from './invoke.ts';
import {benchIsolation} from './isolation.ts';
import {benchLatency} from './latency.ts';
import {machine, progress, type Row, render} from './lib/report.ts';
import {benchMqttPublish} from './mqtt-publish.ts';
import {benchNativeImage} from './native-image.ts';
import {benchRemote} from './remote.ts';
import {benchSharing} from './sharing.ts';
import {benchStream} from './stream.ts';

const benches: Readonly<Record<string, (data: string, rounds: number) => Promise<Row[]>>> = {
  invoke: benchInvoke,
  stream: benchStream,
  latency: benchLatency,
  footprint: benchFootprint,
  mqtt: benchMqttPublish,
  image: benchNativeImage,
  remote: benchRemote,
  isolation: benchIsolation,
  sharing: benchSharing,
};

const {values} = parseArgs({
  options: {
    only: {type: 'string', multiple: true, default: Object.keys(benches)},
    rounds: {type: 'string', default: '7'},
    json: {type: 'string', default: join(packageRoot, 'build', 'bench', 'results.json')},
    data: {type: 'string', default: join(packageRoot, '..', 'shared', 'data')},
  },
});

const measuredOn = machine();
const rows: Row[] = [];
for (const name of values.only) {
  const bench = benches[name];
  if (bench === undefined) throw new Error(`no bench "${name}"; there are ${Object.keys(benches).join(', ')}`);
  progress(name);
  rows.push(...(await bench(values.data, Number(values.rounds))));
}
writeFileSync(values.json, `${JSON.stringify({machine: measuredOn, at: new Date().toISOString(), rows}, null, 1)}\n`);
process.stdout.write(`${render(rows)}\nwritten to ${values.json}\n`);
process.exit(0);
