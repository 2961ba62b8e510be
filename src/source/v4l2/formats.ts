import {execFile} from 'node:child_process';
import type {Ffmpeg} from '../ffmpeg/program.ts';

/** Raw formats that preprocessing reads, cheapest first, by ffmpeg's names. */
const rawFormats = ['nv12', 'yuv420p', 'yuyv422'] as const;

/** How to take pictures from a camera: its JPEG as it is, its raw pictures, or whatever ffmpeg makes of it. */
export interface CaptureMode {
  readonly mjpeg: boolean;
  readonly inputFormat: string | undefined;
}

/** MJPEG where the camera offers it (USB 2 carries no more than a few raw pictures per second), else a raw format. */
export function chooseMode(listing: string): CaptureMode {
  const offered = parseFormats(listing);
  if (offered.has('mjpeg')) return {mjpeg: true, inputFormat: 'mjpeg'};
  return {mjpeg: false, inputFormat: rawFormats.find(format => offered.has(format))};
}

/** Names of the formats in what `ffmpeg -f v4l2 -list_formats all` prints. */
function parseFormats(listing: string): Set<string> {
  return new Set([...listing.matchAll(/\b(?:Compressed|Raw) *: *(\w+) :/g)].map(match => match[1] ?? ''));
}

/** What the camera offers, in ffmpeg's words; empty when it cannot be asked. */
export function listFormats(
  device: string,
  {path}: Ffmpeg,
  {env, signal, timeoutMs}: {env: NodeJS.ProcessEnv; signal: AbortSignal; timeoutMs: number},
): Promise<string> {
  const args = ['-hide_banner', '-nostdin', '-loglevel', 'info', '-f', 'v4l2', '-list_formats', 'all', '-i', device];
  return new Promise(resolve => {
    // It always ends with an error: listing is all that it was asked for.
    execFile(path, args, {env, signal, timeout: timeoutMs, killSignal: 'SIGKILL'}, (_error, _stdout, stderr) =>
      resolve(stderr),
    );
  });
}
