import type {Opened} from './place.ts';

/** What one pipeline did on one device since it started. */
export interface DeviceUsage {
  readonly delegate: string;
  readonly device: string;
  /** Open now. */
  readonly sessions: number;
  readonly runs: number;
  /** Times the device was lost. */
  readonly failures: number;
}

/** Counts runs and losses per device. */
export class Usage {
  readonly #devices = new Map<string, {delegate: string; device: string; runs: number; failures: number}>();

  ran(opened: Opened): void {
    this.#of(opened).runs++;
  }

  lost(opened: Opened): void {
    this.#of(opened).failures++;
  }

  /** @param open sessions that are open now */
  list(open: readonly Opened[]): DeviceUsage[] {
    for (const opened of open) this.#of(opened);
    return [...this.#devices.values()].map(entry => ({
      ...entry,
      sessions: open.filter(({delegate, device}) => delegate === entry.delegate && device.id === entry.device).length,
    }));
  }

  #of({delegate, device: {id: device}}: Opened) {
    const key = `${delegate} ${device}`;
    const known = this.#devices.get(key) ?? {delegate, device, runs: 0, failures: 0};
    this.#devices.set(key, known);
    return known;
  }
}
