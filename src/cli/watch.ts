import {silentLog} from '../log/log.ts';
import {MqttLink} from '../sink/mqtt/client.ts';
import {type MqttOptions, mqttOptionsSchema} from '../sink/mqtt/options.ts';
import {formatMessage, formatMessageJson, type WatchedMessage} from './watch-format.ts';

export interface WatchOptions {
  /** The broker: `mqtt://user:password@host:1883`. */
  readonly url: string;
  readonly prefix: string;
  /** One JSON object per message instead of readable lines. */
  readonly json: boolean;
  readonly signal: AbortSignal;
  /** Gets whole lines with their line break. */
  write(line: string): void;
  /** Gets what happens to the connection, for standard error. */
  note?(line: string): void;
  /** Credentials and TLS files; those of the daemon's configuration fit. */
  readonly broker?: MqttOptions;
}

/**
 * Prints everything published under `<prefix>/` until the signal aborts; survives a broker that goes away.
 *
 * @throws {ConfigError} not a broker's URL
 * @throws {SinkError} a secret cannot be read
 */
export async function watch(options: WatchOptions): Promise<void> {
  const {url, prefix, json, signal, write, note} = options;
  const broker = options.broker ?? mqttOptionsSchema.parse({});
  const format = json ? formatMessageJson : formatMessage;
  let noted: string | undefined;
  const tell = (text: string) => {
    if (text !== noted) note?.(`${text}\n`);
    noted = text;
  };
  const link = new MqttLink({
    options: {...broker, prefix, url},
    clientId: `${prefix}-watch-${process.pid}-${Date.now().toString(36)}`,
    log: silentLog,
    onUp(client) {
      client.on('message', (topic, payload, {retain}) => {
        const message: WatchedMessage = {topic, payload, retain, at: new Date()};
        write(`${format(prefix, message)}\n`);
      });
      client.subscribe(`${prefix}/#`, {qos: 1}, error => {
        tell(error ? `the broker refuses the subscription: ${error.message}` : `watching ${prefix}/#`);
      });
    },
    onChange() {
      if (link.error) tell(`${link.error.message}. ${link.error.hint}`);
    },
  });
  if (signal.aborted) return;
  await link.start();
  await new Promise<void>(resolve => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), {once: true});
  });
  await link.stop(1000);
}
