import {parentPort} from 'node:worker_threads';
import type {ServedCommand} from '../../src/daemon/serve/protocol.ts';

/** The worker of a served model, which ends without a word at a request that says "crash". */
parentPort?.on('message', (command: ServedCommand) => {
  if (command.kind === 'infer' && Buffer.from(command.request.body).includes('crash')) process.exit(3);
});
await import('../../src/daemon/serve/worker.ts');
