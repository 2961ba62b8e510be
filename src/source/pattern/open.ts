import {SourceError} from '../../error/errors.ts';
import {systemClock} from '../clock.ts';
import type {SourceContext} from '../context.ts';
import type {Source} from '../contract.ts';
import {LiveSource} from '../live/live-source.ts';
import type {Attempt} from '../live/supervise.ts';
import type {SourceOptions} from '../options.ts';
import {Pattern} from './draw.ts';

interface PatternSpec {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly frames: number;
}

/**
 * `test:[WIDTHxHEIGHT][@FPS][?frames=N]`: a moving pattern, 640x480 at 10 per second and without an end by default.
 * The options `width`, `height` and `fps` come second to the URI.
 *
 * @throws {SourceError} not of this form
 */
export async function openPattern(uri: string, options: SourceOptions, context: SourceContext): Promise<Source> {
  const spec = parse(uri, options);
  const clock = context.clock ?? systemClock;
  return new LiveSource({
    name: uri,
    attempt: drawing(spec, context),
    whenEnded: 'end',
    options,
    clock,
    log: context.log,
  });
}

function parse(uri: string, options: SourceOptions): PatternSpec {
  const match = /^test:(?:(\d{1,4})x(\d{1,4}))?(?:@(\d{1,4}(?:\.\d+)?))?(?:\?frames=(\d+))?$/.exec(uri);
  const spec = {
    width: Number(match?.[1] ?? options.width ?? 640),
    height: Number(match?.[2] ?? options.height ?? 480),
    fps: Number(match?.[3] ?? options.fps ?? 10),
    frames: Number(match?.[4] ?? Number.POSITIVE_INFINITY),
  };
  if (match !== null && spec.width > 0 && spec.height > 0 && spec.fps > 0) return spec;
  throw new SourceError(`${uri}: expected test:[WIDTHxHEIGHT][@FPS][?frames=N]`, 'Write for example test:640x480@10.');
}

function drawing({width, height, fps, frames}: PatternSpec, context: SourceContext): Attempt {
  const clock = context.clock ?? systemClock;
  return async (feed, signal) => {
    const pattern = new Pattern(width, height);
    const startNs = clock.nowNs();
    for (let sequence = 0; sequence < frames && !signal.aborted; sequence++) {
      const lateMs = Number(clock.nowNs() - startNs) / 1e6 - (sequence * 1000) / fps;
      await clock.wait(Math.max(0, -lateMs), signal);
      if (!signal.aborted) feed.deliver({format: 'rgb', width, height, data: pattern.draw(sequence)});
    }
  };
}
