import {parentPort, workerData} from 'node:worker_threads';
import {describeFailure} from '../failure.ts';
import {ServedModelHost} from './host.ts';
import type {ServedCommand, ServedMessage, ServedStart} from './protocol.ts';

/** Entry of a served model's worker thread: opens it, answers requests in order, and ends when told to or on a fault. */
const port = parentPort;
if (port === null) throw new Error('served-model worker: runs only as a worker thread');

const post = (message: ServedMessage, transfer?: ArrayBuffer[]) => port.postMessage(message, transfer);

async function serve(host: ServedModelHost): Promise<void> {
  try {
    // One at a time: a request that the main thread has given up may still run when it sends the next.
    let last = Promise.resolve();
    await new Promise<void>((resolve, reject) => {
      port!.on('message', (command: ServedCommand) => {
        if (command.kind === 'stop') {
          resolve();
          return;
        }
        const {id, request} = command;
        last = last.then(() => host.infer(id, request));
        last.catch(reject);
      });
    });
  } finally {
    await host.close();
  }
}

try {
  await serve(await ServedModelHost.open(workerData as ServedStart, post));
} catch (error) {
  post({kind: 'failed', failure: describeFailure(error)});
} finally {
  port.close();
}
