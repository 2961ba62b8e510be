import {jetson} from '../../../delegates/jetson/index.ts';
import {silentLog} from '../../../src/log/log.ts';
import {loadModel} from '../../../src/model/load.ts';
import {createDelegate} from '../../helpers/delegate.ts';
import {TestHosts} from '../../helpers/hosts.ts';

// A process that asks for an engine and then stays, to be killed while it is being built, or to end when it is told to.
const [library, sysroot, cacheDir, modelPath] = process.argv.slice(2) as [string, string, string, string];
const delegate = createDelegate(jetson, {library}, {sysroot, cacheDir, hosts: new TestHosts()});
const [device] = await delegate.probe();
const options = {threads: 1, xnnpack: true, log: silentLog};
await delegate.open(await loadModel(modelPath), device!, options).catch((error: Error) => console.log(error.message));
process.stdin.once('data', () => process.exit());
