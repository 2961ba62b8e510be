import {legacyCamera, libcameraCameras} from './camera/raspberry-pi.ts';
import {v4l2Cameras} from './camera/v4l2.ts';

/** A camera that is there, and the source URI that reads it. */
export interface Camera {
  readonly uri: string;
  /** For people: `HD Pro Webcam C920`. */
  readonly name: string;
}

/**
 * Cameras of this machine, best first: the Raspberry Pi's own, then those of Video4Linux. Opens none of them.
 *
 * @param sysroot where `/sys`, `/dev` and `/usr` are looked for; programs are asked only under `/`
 */
export async function listCameras(sysroot: string, env: NodeJS.ProcessEnv = process.env): Promise<readonly Camera[]> {
  const [libcamera, legacy, v4l2] = await Promise.all([
    libcameraCameras(sysroot, env),
    legacyCamera(sysroot, env),
    v4l2Cameras(sysroot),
  ]);
  return [...(libcamera.length > 0 ? libcamera : legacy), ...v4l2];
}
