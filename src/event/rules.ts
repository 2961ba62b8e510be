import type {Frame} from '../image/frame.ts';
import type {Result, Task} from '../task/result.ts';
import type {Event} from './event.ts';
import type {NewId} from './ids.ts';
import {type FrameTime, LabelRules} from './label-rules.ts';
import {observe} from './observe.ts';
import type {EventOptions} from './options.ts';
import {thresholdFor} from './thresholds.ts';

/** What the rules need to know of the frame behind a result. */
export type RulesFrame = FrameTime & Pick<Frame, 'width' | 'height'>;

export interface RulesOutput {
  /** Ends before starts and updates. */
  readonly events: readonly Event[];
  /**
   * Objects in view by label, for detections. Has every label of the allow list, every label in view, and with 0
   * each label that was in view in the frame before.
   */
  readonly counts: ReadonlyMap<string, number>;
}

/** The rules of one pipeline. Frames must come in order; one occurrence per label at a time. */
export interface Rules {
  apply(result: Result, frame: RulesFrame): RulesOutput;
  /** The source ended or the pipeline stops: ends every occurrence. Afterwards the rules start afresh. */
  finish(frame: FrameTime): readonly Event[];
}

/** Turns results into events and counts, without a clock or I/O of its own. */
export function createRules(pipeline: string, options: EventOptions, newId: NewId): Rules {
  const byLabel = new Map<string, LabelRules>();
  let inView: readonly string[] = [];

  const rulesOf = (label: string) => {
    const known = byLabel.get(label);
    if (known) return known;
    const fresh = new LabelRules({pipeline, label, options, newId});
    byLabel.set(label, fresh);
    return fresh;
  };

  const countsNow = (task: Task) => {
    const counts = new Map<string, number>();
    if (task !== 'detect') return counts;
    for (const label of [...(options.labels ?? []), ...inView]) counts.set(label, 0);
    for (const [label, {count}] of byLabel) if (count > 0) counts.set(label, count);
    inView = [...counts.keys()].filter(label => counts.get(label) !== 0);
    return counts;
  };

  return {
    apply(result, frame) {
      const observations = observe(result, frame, options);
      const events: Event[] = [];
      for (const label of new Set([...byLabel.keys(), ...observations.keys()])) {
        const rules = rulesOf(label);
        const event = rules.step(observations.get(label), frame, thresholdFor(label, result.task, options));
        if (event) events.push(event);
        if (rules.isIdle) byLabel.delete(label);
      }
      events.sort((a, b) => Number(b.type === 'end') - Number(a.type === 'end'));
      return {events, counts: countsNow(result.task)};
    },
    finish(frame) {
      const events = [...byLabel.values()].flatMap(rules => rules.finish(frame) ?? []);
      byLabel.clear();
      inView = [];
      return events;
    },
  };
}
