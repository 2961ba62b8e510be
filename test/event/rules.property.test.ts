import test from 'ava';
import fc from 'fast-check';
import type {z} from 'zod';
import type {Event} from '../../src/event/event.ts';
import type {eventOptionsSchema} from '../../src/event/options.ts';
import {detections, frameAt, rulesWith, type Seen, startMs} from './frames.ts';

const labels = ['cat', 'dog', 'cow'] as const;
const score = fc.integer({min: 0, max: 20}).map(twentieths => twentieths / 20);

const options: fc.Arbitrary<z.input<typeof eventOptionsSchema>> = fc.record({
  threshold: fc
    .tuple(score, score)
    .map(([a, b]) => ({enter: Math.max(a, b, 0.05), exit: Math.max(Math.min(a, b), 0.05)})),
  confirm: fc
    .tuple(fc.integer({min: 1, max: 4}), fc.integer({min: 0, max: 4}))
    .map(([frames, more]) => ({frames, of: frames + more})),
  endAfterS: fc.integer({min: 0, max: 4}),
  endAfterFrames: fc.integer({min: 1, max: 3}),
  cooldownS: fc.integer({min: 0, max: 5}),
  updateEveryS: fc.integer({min: 0, max: 3}),
});

interface Step {
  readonly seen: readonly Seen[];
  readonly elapsedS: number;
  readonly wallClockMs: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  seen: fc.array(fc.tuple(fc.constantFrom(...labels), score), {maxLength: 4}),
  elapsedS: fc.integer({min: 0, max: 30}).map(tenths => tenths / 10),
  // A clock that jumps hours back and forth.
  wallClockMs: fc.integer({min: -1e7, max: 1e7}).map(offset => startMs + offset),
});

interface Played extends Step {
  readonly atS: number;
  readonly events: readonly Event[];
  readonly counts: ReadonlyMap<string, number>;
}

/** Plays the steps and finishes; the last entry holds the ends that finish() made. */
function play(steps: readonly Step[], rulesOptions: z.input<typeof eventOptionsSchema>): Played[] {
  const rules = rulesWith(rulesOptions);
  let atS = 0;
  const played = steps.map((current, sequence): Played => {
    atS += current.elapsedS;
    const frame = frameAt(atS, sequence, current.wallClockMs);
    return {...current, atS, ...rules.apply(detections(...current.seen), frame)};
  });
  const events = rules.finish(frameAt(atS + 1, steps.length));
  return [...played, {seen: [], elapsedS: 1, wallClockMs: startMs, atS: atS + 1, events, counts: new Map()}];
}

type Check = (played: readonly Played[], options: z.input<typeof eventOptionsSchema>) => boolean;

const holds = test.macro((t, check: Check) => {
  const property = fc.property(fc.array(step, {maxLength: 60}), options, (steps, chosen) =>
    check(play(steps, chosen), chosen),
  );
  fc.assert(property, {numRuns: 500});
  t.pass();
});

const bestOf = (seen: readonly Seen[], label: string) =>
  Math.max(0, ...seen.filter(([name]) => name === label).map(([, value]) => value));
const enterOf = ({threshold}: z.input<typeof eventOptionsSchema>) =>
  typeof threshold === 'object' ? threshold.enter : Number.NaN;
const exitOf = ({threshold}: z.input<typeof eventOptionsSchema>) =>
  typeof threshold === 'object' ? (threshold.exit ?? threshold.enter) : Number.NaN;

test('every id has one start first, then updates, then exactly one end', holds, played => {
  const byId = new Map<string, string[]>();
  for (const {type, id} of played.flatMap(({events}) => events)) byId.set(id, [...(byId.get(id) ?? []), type]);
  return [...byId.values()].every(types => /^start( update)* end$/.test(types.join(' ')));
});

test('a label has one occurrence at a time', holds, played => {
  const open = new Set<string>();
  return played
    .flatMap(({events}) => events)
    .every(({type, label}) => {
      if (type === 'start') return !open.has(label) && open.add(label).has(label);
      return type === 'update' ? open.has(label) : open.delete(label);
    });
});

test('a start needs its score and its N of M frames', holds, (played, chosen) => {
  const {frames, of} = chosen.confirm ?? {frames: 1, of: 1};
  return played.every(({events}, index) =>
    events
      .filter(({type}) => type === 'start')
      .every(({label, score: scored}) => {
        const window = played.slice(Math.max(0, index + 1 - of), index + 1);
        const sights = window.filter(({seen}) => bestOf(seen, label) >= enterOf(chosen)).length;
        return scored >= enterOf(chosen) && sights >= frames;
      }),
  );
});

test('an end comes only after the label was missing for long enough', holds, (played, chosen) => {
  return played.slice(0, -1).every(({events, atS}, index) =>
    events
      .filter(({type}) => type === 'end')
      .every(({label}) => {
        const before = played.slice(0, index + 1);
        const last = before.findLastIndex(({seen}) => bestOf(seen, label) >= exitOf(chosen));
        const lastSeenS = played[last]?.atS ?? Number.NaN;
        return atS - lastSeenS >= (chosen.endAfterS ?? 2) - 1e-9 && index - last >= (chosen.endAfterFrames ?? 1);
      }),
  );
});

test('between an end and the next start of a label lies its cooldown', holds, (played, chosen) => {
  const endedS = new Map<string, number>();
  return played.every(({events, atS}) =>
    events.every(({type, label}) => {
      if (type === 'end') endedS.set(label, atS);
      return type !== 'start' || atS - (endedS.get(label) ?? -1e9) >= (chosen.cooldownS ?? 0) - 1e-9;
    }),
  );
});

test('the best score never falls and the box never leaves', holds, played => {
  const best = new Map<string, number>();
  return played
    .flatMap(({events}) => events)
    .every(({id, bestScore, box}) => {
      const known = best.get(id) ?? 0;
      best.set(id, bestScore);
      return bestScore >= known && box !== undefined;
    });
});

test('ids sort in the order of their starts, whatever the wall clock does', holds, played => {
  const ids = played.flatMap(({events}) => events.filter(({type}) => type === 'start').map(({id}) => id));
  return ids.every((id, index) => index === 0 || id > ids[index - 1]!);
});

test('a label that is updated or started has a count, one that ended has none', holds, played => {
  return played
    .slice(0, -1)
    .every(({events, counts}) =>
      events.every(({type, label, count}) => counts.get(label) === count && (type === 'end') === (count === 0)),
    );
});
