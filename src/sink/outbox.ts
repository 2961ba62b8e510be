import type {Event} from '../event/event.ts';

/** An event with its place in the order of events of this node. */
export interface OutboxEntry {
  /** Grows by at least 1 from entry to entry, across pipelines. */
  readonly sequence: number;
  readonly event: Event;
}

/** What was given up because the outbox was full. */
export interface OutboxLoss {
  readonly updates: number;
  /** `start` and `end` events. */
  readonly others: number;
}

/** Keeps events, in order, until a broker has taken them. Every method returns at once. */
export interface EventOutbox {
  readonly depth: number;
  readonly capacity: number;
  readonly lost: OutboxLoss;
  /** Takes an event in. It shows up in `peek` once it is as safe as this outbox makes it. */
  append(event: Event): void;
  /** Entries with a sequence above `after`, oldest first; those at hand now, `limit` at most. */
  peek(after: number, limit: number): readonly OutboxEntry[];
  /** Forgets an entry that the broker has acknowledged; one already forgotten is no error. */
  ack(sequence: number): void;
  /** Called whenever `peek` would give more than before. */
  onAvailable(listener: () => void): void;
}

/** An outbox in memory: lost with the process, bounded by `capacity`. When full, the oldest `update` goes first. */
export class MemoryOutbox implements EventOutbox {
  readonly capacity: number;
  readonly #entries = new Map<number, OutboxEntry>();
  readonly #updates = new Set<number>();
  /** Given up after they were handed out: an acknowledgement may still come, and then nothing was lost. */
  readonly #evictedInFlight = new Map<number, keyof OutboxLoss>();
  readonly #listeners: (() => void)[] = [];
  readonly #lost = {updates: 0, others: 0};
  #nextSequence = 1;
  #highestPeeked = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get depth(): number {
    return this.#entries.size;
  }

  get lost(): OutboxLoss {
    return {...this.#lost};
  }

  append(event: Event): void {
    const sequence = this.#nextSequence++;
    this.#entries.set(sequence, {sequence, event});
    if (event.type === 'update') this.#updates.add(sequence);
    if (this.#entries.size > this.capacity) this.#evict();
    for (const listener of this.#listeners) listener();
  }

  peek(after: number, limit: number): readonly OutboxEntry[] {
    const entries: OutboxEntry[] = [];
    for (const entry of this.#entries.values()) {
      if (entries.length >= limit) break;
      if (entry.sequence > after) entries.push(entry);
    }
    this.#highestPeeked = Math.max(this.#highestPeeked, entries.at(-1)?.sequence ?? 0);
    return entries;
  }

  ack(sequence: number): void {
    this.#entries.delete(sequence);
    this.#updates.delete(sequence);
    const counted = this.#evictedInFlight.get(sequence);
    if (counted === undefined) return;
    this.#evictedInFlight.delete(sequence);
    this.#lost[counted]--;
  }

  onAvailable(listener: () => void): void {
    this.#listeners.push(listener);
  }

  #evict(): void {
    const oldestUpdate = this.#updates.values().next();
    const kind = oldestUpdate.done ? 'others' : 'updates';
    const sequence = oldestUpdate.value ?? this.#entries.keys().next().value;
    if (sequence === undefined) return;
    this.#entries.delete(sequence);
    this.#updates.delete(sequence);
    this.#lost[kind]++;
    if (sequence <= this.#highestPeeked) this.#rememberEvicted(sequence, kind);
  }

  #rememberEvicted(sequence: number, kind: keyof OutboxLoss): void {
    this.#evictedInFlight.set(sequence, kind);
    const oldest = this.#evictedInFlight.keys().next().value;
    if (oldest !== undefined && this.#evictedInFlight.size > 1000) this.#evictedInFlight.delete(oldest);
  }
}
