/**
 * Publishes as fast as it can while nobody takes anything, and prints how much its memory grew:
 * node --expose-gc fixture-soak.js URL
 */
import {silentLog} from '../../../src/log/log.ts';
import {mqttOptionsSchema} from '../../../src/sink/mqtt/options.ts';
import {createMqttSink} from '../../../src/sink/mqtt/sink.ts';
import {detectMessage, nodeInfo, readings, runningState, startEvent} from './samples.ts';

const url = process.argv[2] ?? '';
const options = {...mqttOptionsSchema.parse({outboxEvents: 1000, reconnectMinMs: 20, reconnectMaxMs: 50}), url};
const sink = createMqttSink({
  options,
  node: 'porch',
  log: silentLog,
  info: () => nodeInfo,
  health: async () => readings,
});

async function publish(messages: number): Promise<void> {
  for (let frame = 0; frame < messages; frame++) {
    sink.publishResult({...detectMessage, frame});
    sink.publishEvent({...startEvent, type: frame % 10 === 0 ? 'start' : 'update', id: String(frame), frame});
    sink.publishState({...runningState, fps: frame});
    sink.publishCount('door', 'person', frame);
    sink.publishSnapshot('door', new Uint8Array(1000));
    if (frame % 100 === 0) await new Promise(resolve => setImmediate(resolve));
  }
}

function memory(): {rss: number; live: number} {
  globalThis.gc?.();
  const {rss, heapUsed, external} = process.memoryUsage();
  return {rss, live: heapUsed + external};
}

await sink.start();
// The heap takes its working size first; what grows after that would grow for ever.
await publish(120_000);
const before = memory();
await publish(120_000);
const after = memory();
const report = {rssGrown: after.rss - before.rss, liveGrown: after.live - before.live, counters: sink.counters};
await sink.stop(0);
process.stdout.write(`${JSON.stringify(report)}\n`);
