import {writeSync} from 'node:fs';
import {cpu} from '../../delegates/cpu/index.ts';
import {extremeFills, ordinaryFills} from '../../src/engine/trial-inputs.ts';
import {DunlinError} from '../../src/error/errors.ts';
import {silentLog} from '../../src/log/log.ts';
import {loadModel} from '../../src/model/load.ts';
import {createDelegate} from '../helpers/delegate.ts';

/** Opens and runs the models named in the arguments, in this process; a line on stdout before each says how far it came. */
async function openAndRun(path: string): Promise<void> {
  const model = await loadModel(path);
  const [device] = await createDelegate(cpu).probe();
  if (!device) throw new Error('no processor');
  const session = await createDelegate(cpu).open(model, device, {threads: 1, xnnpack: true, log: silentLog});
  for (const fill of [...ordinaryFills, ...extremeFills]) {
    for (const tensor of session.inputs) if (tensor.data.length > 0) fill(tensor);
    await session.run().catch(refusedOnPurpose);
  }
  await session.close();
}

function refusedOnPurpose(error: unknown): void {
  if (!(error instanceof DunlinError)) throw error;
}

for (const path of process.argv.slice(2)) {
  writeSync(1, `${path}\n`);
  await openAndRun(path).catch(refusedOnPurpose);
}
writeSync(1, 'done\n');
process.exit(0);
