import type {Log} from '../log/log.ts';
import type {Sink} from './contract.ts';
import {decodeResult} from './mqtt/encode.ts';

export interface NamedSink {
  /** For logs: `mqtt`, `jsonl`. */
  readonly name: string;
  readonly sink: Sink;
}

/**
 * Several sinks as one, in the order given. What one of them throws while publishing is logged, once per sink and
 * method, and never reaches the others or the caller.
 *
 * `start()` starts all and rejects with the failure, or an AggregateError of several, after those that started have
 * been stopped again; `stop()` stops all and then rejects likewise.
 */
export function createFanOutSink(sinks: readonly NamedSink[], log: Log): Sink {
  const reported = new Set<string>();
  const publish = (method: string, call: (sink: Sink) => void) => {
    for (const {name, sink} of sinks) {
      try {
        call(sink);
      } catch (error) {
        const key = `${name}.${method}`;
        if (!reported.has(key)) log.error({sink: name, error}, `${key} failed; further failures are not logged`);
        reported.add(key);
      }
    }
  };
  return {
    async start() {
      const outcomes = await Promise.allSettled(sinks.map(async ({sink}) => await sink.start()));
      if (outcomes.every(({status}) => status === 'fulfilled')) return;
      const started = sinks.filter((_, index) => outcomes[index]?.status === 'fulfilled');
      await Promise.allSettled(started.map(async ({sink}) => await sink.stop(0)));
      throwFailures('start', outcomes);
    },
    publishResult: message => publish('publishResult', sink => sink.publishResult(message)),
    publishResultText: (pipeline, text) =>
      publish('publishResult', sink => {
        if (sink.publishResultText === undefined) sink.publishResult(decodeResult(text));
        else sink.publishResultText(pipeline, text);
      }),
    publishEvent: event => publish('publishEvent', sink => sink.publishEvent(event)),
    publishState: state => publish('publishState', sink => sink.publishState(state)),
    publishCount: (pipeline, label, count) =>
      publish('publishCount', sink => sink.publishCount(pipeline, label, count)),
    publishSnapshot: (pipeline, jpeg) => publish('publishSnapshot', sink => sink.publishSnapshot(pipeline, jpeg)),
    async stop(deadlineMs) {
      throwFailures('stop', await Promise.allSettled(sinks.map(async ({sink}) => await sink.stop(deadlineMs))));
    },
  };
}

function throwFailures(what: string, outcomes: readonly PromiseSettledResult<void>[]): void {
  const failures = outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new AggregateError(failures, `${failures.length} sinks failed to ${what}`);
}
