/** A node that publishes one event and then waits to be killed: node fixture-publisher.js URL */
import {silentLog} from '../../../src/log/log.ts';
import {mqttOptionsSchema} from '../../../src/sink/mqtt/options.ts';
import {createMqttSink} from '../../../src/sink/mqtt/sink.ts';
import {nodeInfo, readings, startEvent} from './samples.ts';

const url = process.argv[2] ?? '';
const options = {...mqttOptionsSchema.parse({}), url};
const sink = createMqttSink({
  options,
  node: 'porch',
  log: silentLog,
  info: () => nodeInfo,
  health: async () => readings,
});
await sink.start();
sink.publishEvent(startEvent);
