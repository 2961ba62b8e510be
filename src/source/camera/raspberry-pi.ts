import {execFile} from 'node:child_process';
import {join} from 'node:path';
import type {Camera} from '../cameras.ts';
import {findProgram} from '../child/program.ts';
import {videoNodes} from './v4l2.ts';

const vidPrograms = ['rpicam-vid', 'libcamera-vid'] as const;
/** libcamera starts its pipeline handlers to answer; a Pi Zero takes about two seconds. */
const listTimeoutMs = 8000;
/** Receivers of the CSI connectors: Pi 1 to 4, Pi 5. */
const receivers = /^(unicam|rp1-cfe)/;

/** CSI cameras that libcamera drives, if its camera program is there to read them. */
export async function libcameraCameras(sysroot: string, env: NodeJS.ProcessEnv): Promise<readonly Camera[]> {
  const program = await findProgram(vidPrograms, searchPath(sysroot, env));
  if (program === undefined) return [];
  if (sysroot !== '/') return camerasOfKernel(sysroot);
  const listed = parseCameraList(await output(program, ['--list-cameras'], env));
  return listed.length > 0 ? listed : camerasOfKernel(sysroot);
}

/** The camera of the legacy stack, where the firmware sees one. */
export async function legacyCamera(sysroot: string, env: NodeJS.ProcessEnv): Promise<readonly Camera[]> {
  if (sysroot !== '/') return [];
  const [raspistill, vcgencmd] = [await findProgram(['raspistill'], env), await findProgram(['vcgencmd'], env)];
  if (raspistill === undefined || vcgencmd === undefined) return [];
  const answer = await output(vcgencmd, ['get_camera'], env);
  return /\bdetected=[1-9]/.test(answer) ? [{uri: 'raspistill:', name: 'Raspberry Pi camera (legacy stack)'}] : [];
}

/** Lines such as `0 : imx708 [4608x2592 10-bit RGGB] (/base/soc/i2c0mux/i2c@1/imx708@1a)`. */
export function parseCameraList(text: string): readonly Camera[] {
  return [...text.matchAll(/^\s*(\d) : (\S+) \[/gm)].map(([, index = '0', sensor = '']) => camera(index, sensor));
}

/** A receiver and a sensor among the kernel's nodes: `unicam-image` and `imx219 10-0010`. */
async function camerasOfKernel(sysroot: string): Promise<readonly Camera[]> {
  const nodes = await videoNodes(sysroot);
  if (!nodes.some(({name}) => receivers.test(name))) return [];
  const sensors = nodes.filter(({node, name}) => node.startsWith('v4l-subdev') && /^(imx|ov|arducam)\w* /.test(name));
  return sensors.map(({name}, index) => camera(String(index), name.split(' ')[0] ?? ''));
}

function camera(index: string, sensor: string): Camera {
  return {uri: `rpicam:${index}`, name: `Raspberry Pi camera ${index} (${sensor})`};
}

function searchPath(sysroot: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return sysroot === '/'
    ? env
    : {PATH: ['usr/bin', 'usr/local/bin', 'bin'].map(folder => join(sysroot, folder)).join(':')};
}

/** What a program prints on both streams, as far as it came. */
function output(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise(resolve => {
    const options = {env, timeout: listTimeoutMs, killSignal: 'SIGKILL'} as const;
    execFile(program, args, options, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
}
