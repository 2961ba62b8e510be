import {access, readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Camera} from '../cameras.ts';
import {comparePaths} from '../files/natural-sort.ts';

/** A node under /sys/class/video4linux. */
interface VideoNode {
  /** `video0`, `v4l-subdev3`. */
  readonly node: string;
  readonly name: string;
  readonly index: string;
  /** `81:0` */
  readonly number: string;
}

/**
 * Nodes that are no cameras for us: codecs and image processors, and the receivers of CSI cameras, whose raw sensor
 * pictures only libcamera or NVIDIA's driver make visible.
 */
const noCamera =
  /^(bcm2835-(codec|isp)|pispbe|rp1-cfe|unicam|rpivid|rpi-hevc|vi-output)|\b(dec|enc|decoder|encoder)\b/i;

/** Capture devices of Video4Linux, in the order of their numbers. A camera with several nodes counts once. */
export async function v4l2Cameras(sysroot: string): Promise<readonly Camera[]> {
  const cameras: Camera[] = [];
  for (const {node, name, index, number} of await videoNodes(sysroot)) {
    if (!node.startsWith('video') || index !== '0' || noCamera.test(name)) continue;
    if (!(await exists(join(sysroot, 'dev', node))) || !(await mayCapture(sysroot, number))) continue;
    cameras.push({uri: `v4l2:/dev/${node}`, name: name === '' ? node : name});
  }
  return cameras;
}

/** All nodes, cameras or not; none where the kernel has no Video4Linux. */
export async function videoNodes(sysroot: string): Promise<readonly VideoNode[]> {
  const folder = join(sysroot, 'sys/class/video4linux');
  const nodes = await readdir(folder).catch(() => []);
  return Promise.all(
    nodes.sort(comparePaths).map(async node => ({
      node,
      name: await attribute(join(folder, node, 'name')),
      index: await attribute(join(folder, node, 'index')),
      number: await attribute(join(folder, node, 'dev')),
    })),
  );
}

/** What udev found out about the device; true where udev does not run. */
async function mayCapture(sysroot: string, number: string): Promise<boolean> {
  const known = await attribute(join(sysroot, 'run/udev/data', `c${number}`));
  const capabilities = /^E:ID_V4L_CAPABILITIES=(.*)$/m.exec(known)?.[1];
  return capabilities === undefined || capabilities.includes(':capture:');
}

async function attribute(path: string): Promise<string> {
  return (await readFile(path, 'utf8').catch(() => '')).trim();
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
