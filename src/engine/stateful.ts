import type {RunResult, Session} from '../delegate/contract.ts';
import {ManifestError} from '../error/errors.ts';
import type {FrameInput} from '../image/input.ts';
import type {Model} from '../model/model.ts';

/**
 * A session whose `state` outputs feed their inputs before the next run, starting from zero bytes; the session itself
 * when the model carries no state.
 *
 * @throws {ManifestError} a state output whose size differs from the input it feeds
 */
export function carryState(session: Session, model: Model): Session {
  const links = model.manifest.outputs.flatMap(output =>
    output.role === 'state' && output.feeds !== undefined ? [{from: output.index, to: output.feeds}] : [],
  );
  if (links.length === 0) return session;
  for (const {to} of links) session.inputs[to]?.data.fill(0);
  return {
    engine: session.engine,
    inputs: session.inputs,
    outputs: session.outputs,
    close: () => session.close(),
    async run(picture?: FrameInput): Promise<RunResult> {
      const result = await session.run(picture);
      for (const {from, to} of links) {
        const output = result.outputs[from];
        const input = session.inputs[to];
        if (output === undefined || input === undefined || output.data.length !== input.data.length) {
          throw new ManifestError(
            `${model.name}: output ${from} (${output?.data.length ?? 0} bytes) cannot feed input ${to} (${input?.data.length ?? 0} bytes)`,
            'Correct outputs[].feeds in model.json.',
          );
        }
        input.data.set(output.data);
      }
      return result;
    },
  };
}
