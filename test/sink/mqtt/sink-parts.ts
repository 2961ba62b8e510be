import type {ExecutionContext} from 'ava';
import {type MqttOptions, mqttOptionsSchema} from '../../../src/sink/mqtt/options.ts';
import {createMqttSink, type MqttSink, type MqttSinkParts} from '../../../src/sink/mqtt/sink.ts';
import {type KeptLog, keepLog} from '../../helpers/log.ts';
import {nodeInfo, readings} from './samples.ts';

/** Reconnects fast, so that tests need not wait. */
export const fast = {reconnectMinMs: 20, reconnectMaxMs: 50} satisfies Partial<MqttOptions>;

export interface TestSink {
  readonly sink: MqttSink;
  readonly log: KeptLog;
}

/** A sink of the node `porch` at `url`, stopped at the end of the test. */
export function testSink(
  t: ExecutionContext,
  url: string,
  options: object = {},
  parts: Partial<MqttSinkParts> = {},
): TestSink {
  const log = keepLog();
  const sink = createMqttSink({
    options: {...mqttOptionsSchema.parse({...fast, ...options}), url},
    node: 'porch',
    log,
    info: () => nodeInfo,
    health: async () => readings,
    ...parts,
  });
  t.teardown(() => sink.stop(0));
  return {sink, log};
}

/** Resolves at the `count`th connection. */
export async function connections(log: KeptLog, count: number): Promise<void> {
  await log.until(() => log.lines.filter(({message}) => message.startsWith('connected')).length >= count);
}
