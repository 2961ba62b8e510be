import {appendFileSync} from 'node:fs';
import type {TrialMessage, TrialRequest} from '../../src/engine/trial.ts';

/** Stands for the trial's child; `delegate` says what it does, and every start leaves a line in the file `device`. */
process.on('message', ({delegate, device}: TrialRequest) => {
  appendFileSync(device, `${delegate}\n`);
  const answer = (verdict: TrialMessage) => process.send?.(verdict);
  if (delegate === 'good') answer({ok: true, engine: 'double'});
  if (delegate === 'refuses') answer({ok: false, kind: 'refused', reason: 'it lacks an operator', hint: 'Convert it.'});
  if (delegate === 'away') answer({ok: false, kind: 'unavailable', reason: 'no library', hint: 'Install it.'});
  if (delegate === 'aborts') {
    process.stderr.write('first words\nlast words\n', () => process.kill(process.pid, 'SIGABRT'));
  }
  if (delegate === 'aborts late') {
    process.send?.({ok: true, engine: 'double', more: true}, () => process.kill(process.pid, 'SIGABRT'));
  }
  if (delegate === 'is killed late') {
    process.send?.({ok: true, engine: 'double', more: true}, () => process.kill(process.pid, 'SIGKILL'));
  }
  if (delegate === 'is interrupted') process.kill(process.pid, 'SIGTERM');
  if (delegate === 'exits') process.exit(7);
});
