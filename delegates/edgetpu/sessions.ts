import type {Session} from '../../src/delegate/contract.ts';
import type {HostOccupancy} from '../../src/native/host/contract.ts';

/** Open sessions per process key, as far as this thread has opened them. */
class SessionCount {
  readonly #counts = new Map<string, number>();

  occupancy(): HostOccupancy {
    return {sessions: this.#counts, turn: 0};
  }

  /** Counts the session until it is closed. */
  add(session: Session, keys: readonly string[]): Session {
    this.#change(keys, 1);
    let isOpen = true;
    return {
      get engine() {
        return session.engine;
      },
      get inputs() {
        return session.inputs;
      },
      outputs: session.outputs,
      run: picture => session.run(picture),
      close: async () => {
        if (isOpen) this.#change(keys, -1);
        isOpen = false;
        await session.close();
      },
    };
  }

  #change(keys: readonly string[], by: number): void {
    for (const key of keys) this.#counts.set(key, (this.#counts.get(key) ?? 0) + by);
  }
}

export const openedByThisThread = new SessionCount();
