import {parentPort, workerData} from 'node:worker_threads';
import {DunlinError, isRetryable} from '../error/errors.ts';
import {PipelineHost} from './pipeline-host.ts';
import type {HostMessage, PipelineSpec, WorkerFailure, WorkerMessage} from './protocol.ts';

/** Entry of a pipeline's worker thread: one pipeline, from start to stop, then the thread ends. */
const port = parentPort;
if (port === null) throw new Error('pipeline-worker: runs only as a worker thread');

const post = (message: WorkerMessage, transfer?: ArrayBuffer[]) => port.postMessage(message, transfer);
const stopping = new AbortController();
port.on('message', (message: HostMessage) => {
  if (message.kind === 'stop') stopping.abort();
});

function describe(error: unknown): WorkerFailure {
  if (error instanceof DunlinError) {
    const {code, message, hint} = error;
    return {code, message, hint, retryable: isRetryable(error)};
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {code: 'BUG', message: text, hint: 'Report this as a bug.', retryable: true};
}

try {
  const host = new PipelineHost(workerData as PipelineSpec, post);
  await host.run(stopping.signal);
  post({kind: 'done'});
} catch (error) {
  post({kind: 'failed', failure: describe(error)});
} finally {
  port.close();
}
