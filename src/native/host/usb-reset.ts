import {execFile} from 'node:child_process';
import {findHostProgram} from './program.ts';

/** A reset takes a second; a hub that does not answer must not hold anything up. */
const timeoutMs = 10_000;

/**
 * Resets the port of a USB device, as if it were pulled out and put in again; all who use it lose it.
 *
 * @param node `/dev/bus/usb/001/004`
 * @returns why it could not be done: no permission, no such device
 */
export function resetUsb(node: string): Promise<string | undefined> {
  return new Promise(resolve => {
    const options = {timeout: timeoutMs, killSignal: 'SIGKILL'} as const;
    execFile(findHostProgram(), ['--usb-reset', node], options, (error, _stdout, stderr) => {
      resolve(error === null ? undefined : stderr.trim().replace(/^dunlin-host: /, '') || error.message);
    });
  });
}
