import type {PipelineState, Sink} from './contract.ts';
import {clockTime, describeEvent, printable} from './text.ts';

/**
 * Prints each event in one line, `14:03:07  cam  person began, 93 %, at 120,40 size 60x160`, and a pipeline's status
 * when it changes.
 *
 * @param write gets whole lines with their line break
 */
export function createConsoleSink(write: (line: string) => void): Sink {
  const statuses = new Map<string, string>();
  const print = (at: string, pipeline: string, text: string) => {
    write(`${clockTime(at)}  ${printable(pipeline)}  ${text}\n`);
  };
  return {
    async start() {},
    publishResult() {},
    publishResultText() {},
    publishEvent: event => print(event.at, event.pipeline, describeEvent(event)),
    publishState(state) {
      const text = statusText(state);
      if (statuses.get(state.pipeline) === text) return;
      statuses.set(state.pipeline, text);
      print(new Date().toISOString(), state.pipeline, text);
    },
    publishCount() {},
    publishSnapshot() {},
    async stop() {},
  };
}

function statusText({status, reason}: PipelineState): string {
  return printable(reason === undefined ? status : `${status}: ${reason}`);
}
