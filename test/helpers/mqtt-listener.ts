import {connectAsync} from 'mqtt';

export interface ReceivedMessage {
  readonly topic: string;
  readonly text: string;
  readonly retained: boolean;
  readonly qos: number;
}

/** A second client at the broker, which keeps everything it hears. */
export interface Listener {
  readonly messages: readonly ReceivedMessage[];
  /** The first message, past or future, that fits. */
  first(fits: (message: ReceivedMessage) => boolean): Promise<ReceivedMessage>;
  /** Resolves once the condition holds; checked at every message. */
  until(condition: (messages: readonly ReceivedMessage[]) => boolean): Promise<void>;
  close(): Promise<void>;
}

/** Subscribes `filter` at QoS 1 with MQTT 3.1.1, and again whenever the broker comes back. */
export async function listen(url: string, filter = '#', options: object = {}): Promise<Listener> {
  const client = await connectAsync(url, {...options, reconnectPeriod: 20, connectTimeout: 2000});
  const messages: ReceivedMessage[] = [];
  const waiting = new Set<() => void>();
  client.on('message', (topic, payload, {retain, qos}) => {
    messages.push({topic, text: payload.toString(), retained: retain, qos});
    for (const check of [...waiting]) check();
  });
  const until = (condition: (heard: readonly ReceivedMessage[]) => boolean) =>
    new Promise<void>(resolve => {
      const check = () => {
        if (!condition(messages)) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  await client.subscribeAsync(filter, {qos: 1});
  return {
    messages,
    until,
    async first(fits) {
      await until(heard => heard.some(fits));
      return messages.find(fits) as ReceivedMessage;
    },
    async close() {
      await client.endAsync(true);
    },
  };
}
