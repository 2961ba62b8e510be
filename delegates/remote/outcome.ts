import type {Problem} from '../../src/delegate/contract.ts';

/** What a server answered, whatever its status. */
export interface Answer {
  readonly kind: 'answer';
  readonly status: number;
  /** Memory that the next answer of the same session overwrites. */
  readonly body: Uint8Array;
  /** Length of the JSON part as the server wrote it. */
  readonly headerLength?: string;
  /** How long the server asks to be left alone. */
  readonly retryAfterMs?: number;
  /** Where a redirect points. */
  readonly location?: string;
}

/** No answer: the reason and remedy are for people. */
export interface Fault extends Problem {
  readonly kind: 'fault';
  /** Trying again at once can help: the connection failed, not the time or the trust. */
  readonly retryable: boolean;
  /** A kept connection was closed by the server before it saw the request; that is nobody's failure. */
  readonly stale?: boolean;
}

export type Outcome = Answer | Fault;

export type Verdict = 'good' | 'busy' | 'failed' | 'denied' | 'refused';

/** What an outcome means for the server's health and for the next try. */
export function judge(outcome: Outcome): Verdict {
  if (outcome.kind === 'fault') return 'failed';
  const {status} = outcome;
  if (status >= 200 && status < 300) return 'good';
  if ([429, 502, 503, 504].includes(status)) return 'busy';
  if ([401, 403, 404, 410].includes(status) || (status >= 300 && status < 400)) return 'denied';
  return status >= 500 ? 'failed' : 'refused';
}

export function fault(reason: string, remedy: string, retryable = false): Fault {
  return {kind: 'fault', reason, remedy, retryable};
}
