import type {Task} from '../task/result.ts';
import type {EventOptions} from './options.ts';

/** Hysteresis: a label is seen from `enter` on, and stays seen down to `exit`. */
export interface Threshold {
  readonly enter: number;
  readonly exit: number;
}

/** Used when the options name none. A decoder of detections has a threshold of its own. */
const defaults: Readonly<Record<Task, number>> = {classify: 0.5, detect: 0, segment: 0.01, tensor: 0};

export function thresholdFor(label: string, task: Task, {threshold, thresholds}: EventOptions): Threshold {
  const own = Object.hasOwn(thresholds, label) ? thresholds[label] : undefined;
  return bothEnds(own ?? threshold ?? defaults[task]);
}

/**
 * The lowest score that the rules look at, so that the decoder need not report less, and must not report only more;
 * undefined when some labels have no threshold here and the decoder's own holds.
 */
export function lowestThreshold({threshold, thresholds}: EventOptions): number | undefined {
  if (threshold === undefined) return undefined;
  return Math.min(...[threshold, ...Object.values(thresholds)].map(value => bothEnds(value).exit));
}

function bothEnds(value: NonNullable<EventOptions['threshold']>): Threshold {
  if (typeof value === 'number') return {enter: value, exit: value};
  return {enter: value.enter, exit: value.exit ?? value.enter};
}
