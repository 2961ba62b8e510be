import {annotate} from '../image/draw.ts';
import type {Log} from '../log/log.ts';
import type {FrameReport} from '../pipeline/pipeline.ts';
import type {PipelineSpec, WorkerMessage} from './protocol.ts';

/** Draws results on frames now and then, one at a time, beside the frame loop; a busy taker passes frames over. */
export class SnapshotTaker {
  private busy = false;
  private lastNs = 0n;
  private readonly options: NonNullable<PipelineSpec['snapshots']>;
  private readonly post: (message: WorkerMessage, transfer?: ArrayBuffer[]) => void;
  private readonly log: Log;

  constructor(
    options: NonNullable<PipelineSpec['snapshots']>,
    post: (message: WorkerMessage, transfer?: ArrayBuffer[]) => void,
    log: Log,
  ) {
    this.options = options;
    this.post = post;
    this.log = log;
  }

  /** Takes this frame if one is due. Returns at once. */
  offer(report: FrameReport): void {
    const {everyS, onEvent, quality} = this.options;
    const {capturedAtNs} = report.frame;
    const byTime = everyS !== undefined && Number(capturedAtNs - this.lastNs) / 1e9 >= everyS;
    const byEvent = onEvent && report.events.some(({type}) => type === 'start');
    if (this.busy || !(byTime || byEvent)) return;
    this.busy = true;
    this.lastNs = capturedAtNs;
    const frame = {...report.frame, data: report.frame.data.slice()}; // its memory is used again for a later frame
    annotate(frame, report.result, {format: 'jpeg', quality})
      .then(jpeg => this.post({kind: 'snapshot', jpeg}))
      .catch((error: unknown) => this.log.warn({reason: String(error)}, 'a snapshot could not be drawn'))
      .finally(() => {
        this.busy = false;
      });
  }
}
