import {type Options, Presets, SingleBar} from 'cli-progress';

/** A bar on stderr for work that takes over a second; silent where stderr is no terminal. */
export interface Progress {
  update(done: number, note?: string): void;
  stop(): void;
}

/** @param total in the units that update() counts */
export function startProgress(title: string, total: number): Progress {
  if (process.stderr.isTTY !== true) return {update() {}, stop() {}};
  const options: Options = {
    format: `${title} {bar} {percentage} % {note}`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  };
  const bar = new SingleBar(options, Presets.shades_classic);
  bar.start(total, 0, {note: ''});
  return {
    update: (done, note = '') => bar.update(done, {note}),
    stop: () => bar.stop(),
  };
}
