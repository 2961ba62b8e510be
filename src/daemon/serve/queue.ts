import {Refusal} from '../../http/refusal.ts';
import type {WireMessage} from '../../http/served-model.ts';

interface Job {
  readonly id: number;
  readonly request: WireMessage;
  readonly signal: AbortSignal;
  readonly onAbort: () => void;
  resolve(answer: WireMessage): void;
  reject(reason: unknown): void;
}

export interface QueueOptions {
  /** Leads messages. */
  readonly name: string;
  /** Requests that may wait beside the one that runs. */
  readonly most: number;
  /** Starts a run; its end is told with settle() under the same number. */
  readonly send: (id: number, request: WireMessage) => void;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/**
 * Requests for one session, in order, one run at a time. A request whose signal fires is forgotten: at once while it
 * waits; while it runs, its answer is thrown away.
 */
export class RequestQueue {
  readonly #options: QueueOptions;
  readonly #waiting: Job[] = [];
  #running: Job | undefined;
  #submitted = 0;
  #sentAt = 0;
  /** Of one run, smoothed; for advice only. */
  #runMs = 0;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** @throws {Refusal} 503 when the queue is full; otherwise what refuse() says, or the signal's reason */
  submit(request: WireMessage, signal: AbortSignal): Promise<WireMessage> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const {most, name} = this.#options;
      if (this.#waiting.length >= most) {
        const retryAfterS = this.#waitS();
        throw new Refusal(503, `model "${name}": ${most} requests are waiting already; try again`, {retryAfterS});
      }
      const onAbort = () => this.#drop(job);
      const job: Job = {id: ++this.#submitted, request, signal, onAbort, resolve, reject};
      signal.addEventListener('abort', onAbort, {once: true});
      this.#waiting.push(job);
      this.#next();
    });
  }

  /** The run of that number has ended; one that was refused meanwhile is of no interest. */
  settle(id: number, outcome: {readonly answer: WireMessage} | {readonly refusal: Refusal}): void {
    const job = this.#running;
    if (job?.id !== id) return;
    this.#running = undefined;
    this.#measure();
    job.signal.removeEventListener('abort', job.onAbort);
    if ('answer' in outcome) job.resolve(outcome.answer);
    else job.reject(outcome.refusal);
    this.#next();
  }

  /** Nobody answers any more: the run under way and all that wait are refused. */
  refuse(refusal: Refusal): void {
    const jobs = [...(this.#running === undefined ? [] : [this.#running]), ...this.#waiting.splice(0)];
    this.#running = undefined;
    for (const {signal, onAbort, reject} of jobs) {
      signal.removeEventListener('abort', onAbort);
      reject(refusal);
    }
  }

  #next(): void {
    if (this.#running !== undefined) return;
    const job = this.#waiting.shift();
    if (job === undefined) return;
    this.#running = job;
    this.#sentAt = this.#options.now();
    this.#options.send(job.id, job.request);
  }

  #drop(job: Job): void {
    const at = this.#waiting.indexOf(job);
    if (at >= 0) this.#waiting.splice(at, 1);
    job.reject(job.signal.reason);
  }

  #measure(): void {
    const tookMs = this.#options.now() - this.#sentAt;
    this.#runMs = this.#runMs === 0 ? tookMs : this.#runMs * 0.8 + tookMs * 0.2;
  }

  /** Whole seconds after which what waits now is done. */
  #waitS(): number {
    return Math.max(1, Math.ceil((this.#runMs * (this.#waiting.length + 1)) / 1000));
  }
}
