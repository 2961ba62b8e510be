import type {Device, Home, Problem} from '../delegate/contract.ts';
import type {DelegateSettings, DelegateTable} from '../delegate/registry.ts';
import {ConfigError, DunlinError} from '../error/errors.ts';

/** A delegate as it looks now. */
export interface SeenDelegate {
  /** Its name in the configuration. */
  readonly id: string;
  /** The built-in one behind the name, where it is another. */
  readonly use?: string;
  readonly home?: Home;
  readonly devices: readonly Device[];
  /** Why there is no device, or why nothing can be said. */
  readonly absence?: Problem;
}

/** A driver that hangs when it is asked shall cost one row. */
export const probeTimeoutMs = 10_000;

export interface SeeOptions {
  readonly settings?: DelegateSettings;
  readonly timeoutMs?: number;
}

/** Every delegate of the table with its devices, probed side by side. A probe that throws or hangs is a row as well. */
export function seeDelegates(table: DelegateTable, options: SeeOptions = {}): Promise<readonly SeenDelegate[]> {
  const {settings = {}, timeoutMs = probeTimeoutMs} = options;
  return Promise.all(
    table.names.map(async (id): Promise<SeenDelegate> => {
      const use = settings[id]?.use;
      const named = {id, ...(use === undefined || use === id ? {} : {use})};
      try {
        return {...named, ...(await withTimeout(look(table, id), timeoutMs))};
      } catch (error) {
        return {...named, devices: [], absence: problemOf(error)};
      }
    }),
  );
}

async function look(table: DelegateTable, id: string): Promise<Omit<SeenDelegate, 'id'>> {
  const delegate = await table.load(id);
  const devices = await delegate.probe();
  const {home} = delegate;
  return devices.length > 0 ? {home, devices} : {home, devices, absence: await delegate.absence()};
}

/** Rejects when the work takes too long; the work itself goes on. */
export async function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`looking for its devices took over ${timeoutMs / 1000} s`)), timeoutMs);
  });
  try {
    return await Promise.race([work, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** Why nothing can be said about a delegate, and what to do about it. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ConfigError) {
    const remedy = 'Give its options under "delegates" in dunlin.yaml: docs/delegates tells them.';
    return {reason: `not set up (${error.message})`, remedy};
  }
  if (error instanceof DunlinError) return {reason: error.message, remedy: error.hint};
  const said = error instanceof Error ? error.message : String(error);
  return {reason: said, remedy: 'Unplug the device and plug it in again, or restart; report it if it stays.'};
}
