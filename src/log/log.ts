/** Structured logger handed to every part that has something to say; `src/daemon` backs it with pino. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** The same sink with `area` (the folder's name) in every line. */
  child(fields: {readonly area: string}): Log;
}

/** Drops everything: the default for library use and tests. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
};
