import type {Log} from '../log/log.ts';
import type {WorkerMessage} from './protocol.ts';

type LogMessage = Extract<WorkerMessage, {readonly kind: 'log'}>;

/** A logger that sends every line to the main thread, which alone writes. */
export function workerLog(post: (message: LogMessage) => void, base: object = {}): Log {
  const line = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: object, message: string) =>
    post({kind: 'log', level, fields: {...base, ...fields}, message});
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    child: fields => workerLog(post, {...base, ...fields}),
  };
}
