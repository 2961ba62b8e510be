import {parentPort, workerData} from 'node:worker_threads';
import {describeFailure} from './failure.ts';
import {connectHosts} from './hosts-port.ts';
import {PipelineHost} from './pipeline-host.ts';
import type {HostMessage, WorkerMessage, WorkerStart} from './protocol.ts';

/** Entry of a pipeline's worker thread: one pipeline, from start to stop, then the thread ends. */
const port = parentPort;
if (port === null) throw new Error('pipeline-worker: runs only as a worker thread');

/** Milliseconds for what is left to end by itself; a device's process that still opens a model is not waited for. */
const leftoversMs = 500;

const post = (message: WorkerMessage, transfer?: ArrayBuffer[]) => port.postMessage(message, transfer);
const stopping = new AbortController();
port.on('message', (message: HostMessage) => {
  if (message.kind === 'stop') stopping.abort();
});

try {
  const {spec, hosts} = workerData as WorkerStart;
  const host = new PipelineHost(spec, connectHosts(hosts), post);
  await host.run(stopping.signal);
  post({kind: 'done'});
} catch (error) {
  post({kind: 'failed', failure: describeFailure(error)});
} finally {
  port.close();
  setTimeout(() => process.exit(), leftoversMs).unref();
}
