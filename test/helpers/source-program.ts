// A program for tests that need a process of its own: opens the source argv[2] with the options argv[3] (JSON) and prints
// one JSON line per frame, then one with the counters. With argv[4] = "worker" it does so in a worker thread.
import {isMainThread, Worker} from 'node:worker_threads';
import {silentLog} from '../../src/log/log.ts';
import {openSource} from '../../src/source/open.ts';

const [uri = '', options = '{}', where] = process.argv.slice(2);

if (where === 'worker' && isMainThread) {
  new Worker(new URL(import.meta.url), {argv: [uri, options, where]});
} else {
  const source = await openSource(uri, JSON.parse(options), {log: silentLog});
  for await (const {sequence, width, height, format} of source.frames(new AbortController().signal)) {
    console.log(JSON.stringify({sequence, width, height, format}));
  }
  console.log(JSON.stringify(source.counters));
}
