import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import {findProgram} from './program.ts';

const run = promisify(execFile);
let asked: Promise<readonly string[]> | undefined;

/**
 * What to put before a command so that the kernel kills it when the thread that started it is gone, be it by SIGKILL:
 * `setpriv` of util-linux sets the parent-death signal and becomes the command. Empty where there is none that can
 * (BusyBox has another); a child then ends when it next writes into its broken pipe.
 *
 * @see https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html
 */
export function deathSignalPrefix(env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  asked ??= find(env);
  return asked;
}

async function find(env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const setpriv = await findProgram(['setpriv'], env);
  if (setpriv === undefined) return [];
  const prefix = [setpriv, '--pdeathsig', 'KILL', '--'];
  const works = run(setpriv, [...prefix.slice(1), 'true'], {env, timeout: 10_000});
  return works.then(
    () => prefix,
    () => [],
  );
}
