import type {EventOutbox, OutboxEntry} from '../outbox.ts';

/** The part of the link that queues see. */
export interface Outlet {
  readonly hasRoom: boolean;
  readonly maxPayloadBytes: number;
  /** `done` hears of the acknowledgement; it is not called when the connection is lost before. */
  sendAcknowledged(topic: string, payload: string, retain: boolean, done: (error?: Error) => void): void;
}

/** Topics kept at once; more would be a label list gone wild. */
const maxTopics = 4096;

/**
 * The newest value of every retained topic. Holds one payload per topic however long the broker is away; a value that
 * was replaced before it could be sent is never sent.
 */
export class RetainedTopics {
  readonly #outlet: Outlet;
  readonly #payloads = new Map<string, string>();
  readonly #unsent = new Set<string>();
  #refused = 0;

  constructor(outlet: Outlet) {
    this.#outlet = outlet;
  }

  /** Values that were not taken: too many topics, or refused by the broker. */
  get refused(): number {
    return this.#refused;
  }

  get unsent(): number {
    return this.#unsent.size;
  }

  set(topic: string, payload: string): void {
    const known = this.#payloads.get(topic);
    if (known === payload) return;
    if (known === undefined && this.#payloads.size >= maxTopics) {
      this.#refused++;
      return;
    }
    this.#payloads.set(topic, payload);
    this.#unsent.add(topic);
    this.pump();
  }

  /** After a reconnect: the broker may have forgotten everything. */
  resendAll(): void {
    for (const topic of this.#payloads.keys()) this.#unsent.add(topic);
    this.pump();
  }

  pump(): void {
    for (const topic of this.#unsent) {
      if (!this.#outlet.hasRoom) return;
      this.#unsent.delete(topic);
      const payload = this.#payloads.get(topic) ?? '';
      this.#outlet.sendAcknowledged(topic, payload, true, error => {
        if (error !== undefined) this.#refused++;
      });
    }
  }
}

/** PUBACK codes that will be the same however often the message is sent again. */
const finalRefusals: readonly unknown[] = [
  135, // not authorized
  144, // topic name invalid
  149, // packet too large
  153, // payload format invalid
];

export interface EventSenderParts {
  readonly outbox: EventOutbox;
  readonly outlet: Outlet;
  encode(entry: OutboxEntry): {readonly topic: string; readonly payload: string};
  /** The broker cannot take events now (quota, internal error): the connection has to be made anew. */
  onRefusal(error: Error): void;
}

/** Sends events in order, several at a time, and takes each out of the outbox once the broker has acknowledged it. */
export class EventSender {
  readonly #parts: EventSenderParts;
  #lastOffered = 0;
  #sent = 0;
  #refused = 0;

  constructor(parts: EventSenderParts) {
    this.#parts = parts;
    parts.outbox.onAvailable(() => this.pump());
  }

  /** Events that the broker has acknowledged. */
  get sent(): number {
    return this.#sent;
  }

  /** Events that the broker will never take. */
  get refused(): number {
    return this.#refused;
  }

  /** After a reconnect: everything not acknowledged is offered again, oldest first. */
  restart(): void {
    this.#lastOffered = 0;
    this.pump();
  }

  pump(): void {
    while (this.#parts.outlet.hasRoom) {
      const [entry] = this.#parts.outbox.peek(this.#lastOffered, 1);
      if (entry === undefined) return;
      this.#lastOffered = entry.sequence;
      this.#offer(entry);
    }
  }

  #offer(entry: OutboxEntry): void {
    const {outbox, outlet} = this.#parts;
    const {topic, payload} = this.#parts.encode(entry);
    if (Buffer.byteLength(payload) > outlet.maxPayloadBytes) {
      this.#refused++;
      outbox.ack(entry.sequence);
      return;
    }
    outlet.sendAcknowledged(topic, payload, false, error => {
      if (error === undefined) this.#sent++;
      else if (finalRefusals.includes((error as {code?: unknown}).code)) this.#refused++;
      else return this.#parts.onRefusal(error);
      outbox.ack(entry.sequence);
    });
  }
}
