import type {z} from 'zod';
import {createIds} from '../../src/event/ids.ts';
import {eventOptionsSchema} from '../../src/event/options.ts';
import {createRules, type Rules, type RulesFrame} from '../../src/event/rules.ts';
import type {Rect} from '../../src/image/input.ts';
import type {Result} from '../../src/task/result.ts';

/** 2026-11-23T12:00:00Z */
export const startMs = Date.UTC(2026, 10, 23, 12);

/** Frame number `sequence`, captured that many seconds after the first; 100 × 100 pixels. */
export function frameAt(
  seconds: number,
  sequence = Math.round(seconds),
  wallClockMs = startMs + 1000 * seconds,
): RulesFrame {
  return {sequence, capturedAtNs: BigInt(Math.round(seconds * 1e9)), wallClockMs, width: 100, height: 100};
}

export type Seen = readonly [label: string, score: number, box?: Rect];

const middle: Rect = {x: 40, y: 40, width: 20, height: 20};

export function detections(...seen: readonly Seen[]): Result {
  return {task: 'detect', detections: seen.map(([label, score, box = middle]) => ({index: 0, label, score, box}))};
}

/** Rules of pipeline `door` whose ids end in `-000000`. */
export function rulesWith(options: z.input<typeof eventOptionsSchema> = {}): Rules {
  return createRules(
    'door',
    eventOptionsSchema.parse(options),
    createIds(() => 0),
  );
}
