import {writeFileSync} from 'node:fs';
import type {Session} from '../delegate/contract.ts';
import type {TrialMessage, TrialRequest, TrialVerdict} from '../engine/trial.ts';
import {extremeFills, type Fill, ordinaryFills} from '../engine/trial-inputs.ts';
import {DelegateUnavailableError, DunlinError, NativeUnavailableError, RunError} from '../error/errors.ts';
import {silentLog} from '../log/log.ts';
import {loadModel} from '../model/load.ts';
import {noHosts} from '../native/host/none.ts';
import {openDelegateTable} from './delegates.ts';

/** An engine may refuse the numbers of a trial with an error, as it may any caller's; a crash ends this process. */
async function runOn(session: Session, fill: Fill): Promise<void> {
  // After a failed run the engine may have taken its inputs' memory back.
  for (const tensor of session.inputs) if (tensor.data.length > 0) fill(tensor);
  try {
    await session.run();
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
  }
}

/** Closes the session too: memory that a run has damaged shows when it is freed. @returns the engine */
async function runAll(session: Session, fills: readonly Fill[]): Promise<string> {
  for (const fill of fills) await runOn(session, fill);
  const {engine} = session;
  await session.close();
  return engine;
}

/** An input that asks for all memory shall end this process, not the daemon. */
function offerToOutOfMemoryKiller(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Not Linux, or no /proc: the kernel decides.
  }
}

async function judge(request: TrialRequest, report: (message: TrialMessage) => void): Promise<TrialVerdict> {
  const model = await loadModel(request.modelPath);
  if (model.sha256 !== request.sha256) {
    return {ok: false, kind: 'unavailable', reason: 'the file changed while it was tried', hint: 'Try again.'};
  }
  const table = openDelegateTable({settings: {}, hosts: noHosts, log: silentLog});
  const delegate = await table.load(request.delegate);
  const device = (await delegate.probe()).find(({id}) => id === request.device);
  if (device === undefined) {
    return {ok: false, kind: 'unavailable', reason: 'the device is gone', hint: 'Try again.'};
  }
  const {threads, xnnpack} = request;
  const open = () => delegate.open(model, device, {threads, xnnpack, log: silentLog});
  const engine = await runAll(await open(), ordinaryFills);
  report({ok: true, engine, more: true});
  await runAll(await open(), extremeFills);
  return {ok: true, engine};
}

// The parent is gone: so is the use of a verdict, and a hung engine would stay for ever.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

process.on('message', (request: TrialRequest) => {
  offerToOutOfMemoryKiller();
  judge(request, message => process.send?.(message))
    .catch((error: unknown): TrialVerdict => {
      if (!(error instanceof DunlinError))
        return {ok: false, kind: 'refused', reason: String(error), hint: 'Report this as a bug.'};
      const unavailable = error instanceof DelegateUnavailableError || error instanceof NativeUnavailableError;
      return {ok: false, kind: unavailable ? 'unavailable' : 'refused', reason: error.message, hint: error.hint};
    })
    .then(verdict => process.send?.(verdict, () => process.exit(0)))
    .catch(() => process.exit(70));
});
