import type {Rect} from '../image/input.ts';

/** What the household should hear. Schema version 1. */
export interface Event {
  readonly v: 1;
  readonly type: 'start' | 'update' | 'end';
  /** The same for start, updates and end of one occurrence; sortable by start time. */
  readonly id: string;
  readonly pipeline: string;
  readonly label: string;
  /** Of the frame that made this event, 0–1. For segmentation, the share of the frame. */
  readonly score: number;
  /** Best so far. */
  readonly bestScore: number;
  readonly box?: Rect;
  /** Number of objects of this label in the frame (detect), else absent. */
  readonly count?: number;
  /** ISO 8601, wall clock of the frame. */
  readonly startedAt: string;
  readonly at: string;
  readonly endedAt?: string;
  /** Frame's sequence number in its source. */
  readonly frame: number;
}
