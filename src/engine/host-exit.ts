import type {HostExit} from '../native/host/contract.ts';
import type {HostEnd} from '../native/host/spawn.ts';

/** Signals that a fault of the process itself raises. */
const faults = ['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGTRAP', 'SIGSYS'];

/** In words. @param reason why we killed it, if we did; it may have crashed before that */
export function describeExit({code, signal, lastWords}: HostEnd, reason: string | undefined): HostExit {
  const said = lastWords?.trim();
  return {cause: howEnded(code, signal, reason), ...(said === undefined || said === '' ? {} : {lastWords: said})};
}

function howEnded(code: number | null, signal: string | null, reason: string | undefined): string {
  if (reason !== undefined && signal === 'SIGKILL') return `was stopped: ${reason}`;
  if (signal !== null) return faults.includes(signal) ? `crashed (${signal})` : `was killed from outside (${signal})`;
  return code === 0 ? 'ended' : `ended with status ${code}`;
}
