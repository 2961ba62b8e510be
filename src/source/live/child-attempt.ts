import {Child, type ChildSpec} from '../child/child.ts';
import {exitError} from '../child/failure.ts';
import type {Feed} from './feed.ts';

export interface ChildWork {
  /** The source's name. */
  readonly where: string;
  /** What the program is called in messages. */
  readonly programName: string;
  readonly spec: ChildSpec;
  /** Reads the program's output to its end. */
  readonly read: (chunks: AsyncIterable<Uint8Array>, feed: Feed) => Promise<void>;
}

/**
 * Runs a camera program for as long as it lasts, and leaves nothing of it behind.
 *
 * @throws {SourceError} it ended without being asked to
 */
export async function runCameraProgram(work: ChildWork, feed: Feed, signal: AbortSignal): Promise<void> {
  const child = await Child.start(work.spec, signal);
  try {
    await work.read(child.chunks(), feed);
    const exit = await child.exited;
    if (!signal.aborted) throw exitError(work.where, work.programName, exit);
  } finally {
    await child.stop();
  }
}
