// The thread of one live source: keeps reading, and posts the newest frame whenever it is asked for one.
import {parentPort, workerData} from 'node:worker_threads';
import type {Frame} from '../../image/frame.ts';
import type {Log} from '../../log/log.ts';
import type {Source} from '../contract.ts';
import {openSource} from '../open.ts';
import {type FromThread, type LogLevel, packError, type ThreadStart, type ToThread} from './messages.ts';

const port = parentPort;
if (port === null) throw new TypeError('source/thread/worker.ts runs in a worker thread');

const ending = new AbortController();
let wanted = 0;
let wake: () => void = () => {};

port.on('message', (message: ToThread) => {
  if (message === 'next') wanted += 1;
  else ending.abort();
  wake();
});
await serve(workerData as ThreadStart);
port.close();

async function serve({uri, options, profileHwaccel, env}: ThreadStart): Promise<void> {
  const context = {log: postingLog(), ...(profileHwaccel && {profileHwaccel}), ...(env && {env})};
  const source = await openSource(uri, options, context);
  const post = (message: FromThread) => port?.postMessage(message);
  source.onHealth(health => post({kind: 'health', health, counters: source.counters}));
  try {
    await answer(source);
    post({kind: 'ended', counters: source.counters});
  } catch (error) {
    post({kind: 'failed', failure: packError(error), counters: source.counters});
  }
}

/** Waits to be asked before it takes a frame, so that the frame is the newest. */
async function answer(source: Source): Promise<void> {
  const frames = source.frames(ending.signal)[Symbol.asyncIterator]();
  for (;;) {
    while (wanted === 0 && !ending.signal.aborted) {
      await new Promise<void>(resolve => {
        wake = resolve;
      });
    }
    wanted -= 1;
    const next = await frames.next();
    if (next.done === true) return;
    postFrame(next.value, source);
  }
}

function postFrame(frame: Frame, source: Source): void {
  // Node's own small buffers share memory, which cannot be given away.
  const data = frame.data.buffer.byteLength > 2 * Buffer.poolSize ? frame.data : new Uint8Array(frame.data);
  const message: FromThread = {kind: 'frame', frame: {...frame, data}, counters: source.counters};
  port?.postMessage(message, [data.buffer as ArrayBuffer]);
}

function postingLog(): Log {
  const at = (level: LogLevel) => (fields: object, message: string) => {
    port?.postMessage({kind: 'log', level, fields, message} satisfies FromThread);
  };
  const log: Log = {debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log};
  return log;
}
