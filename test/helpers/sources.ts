import type {Frame} from '../../src/image/frame.ts';
import {silentLog} from '../../src/log/log.ts';
import type {SourceContext} from '../../src/source/context.ts';
import type {Source, SourceHealth} from '../../src/source/contract.ts';
import {openSource} from '../../src/source/open.ts';
import type {SourceOptionsInput} from '../../src/source/options.ts';

export const quiet: SourceContext = {log: silentLog};

/** Short patience, so that faults are met within a test; long enough for a busy machine to start a program. */
export const hasty: SourceOptionsInput = {stallAfterS: 0.5, startWithinS: 20, restartMinS: 0.01, restartMaxS: 0.05};

/** Reads `count` frames (all by default), then ends the source. */
export async function collect(source: Source, count = Number.POSITIVE_INFINITY): Promise<Frame[]> {
  const controller = new AbortController();
  const frames: Frame[] = [];
  for await (const frame of source.frames(controller.signal)) {
    frames.push(frame);
    if (frames.length >= count) break;
  }
  controller.abort();
  return frames;
}

export async function collectFrom(uri: string, options: SourceOptionsInput = {}, context = quiet): Promise<Frame[]> {
  return collect(await openSource(uri, options, context));
}

/** Resolves at the first change of health that satisfies `accepts`. */
export function healthChange(source: Source, accepts: (health: SourceHealth) => boolean): Promise<SourceHealth> {
  return new Promise(resolve => {
    const end = source.onHealth(health => {
      if (!accepts(health)) return;
      end();
      resolve(health);
    });
  });
}
