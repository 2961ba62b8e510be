import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {resolve} from 'node:path';
import {createInterface} from 'node:readline';
import type {ExecutionContext} from 'ava';

const packages =
  'python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly';

export interface RtspServer {
  readonly port: number;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

/** GStreamer's RTSP server with a live test picture; see rtsp-server.py. Ends with the test. */
export async function startRtspServer(
  t: ExecutionContext,
  {
    port = 0,
    size = '320x240',
    fps = 20,
    auth,
  }: {port?: number; size?: string; fps?: number; auth?: 'basic' | 'digest'} = {},
): Promise<RtspServer> {
  const args = [
    resolve('test/helpers/rtsp-server.py'),
    String(port),
    ...size.split('x'),
    String(fps),
    ...(auth === undefined ? [] : [auth]),
  ];
  const server = spawn('/usr/bin/python3', args, {stdio: ['ignore', 'pipe', 'inherit']});
  const stop = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill('SIGKILL');
    await once(server, 'exit');
  };
  t.teardown(stop);
  for await (const line of createInterface({input: server.stdout})) {
    return {port: Number(line), process: server, stop};
  }
  throw new Error(`the RTSP server of GStreamer did not start; install it: apt-get install ${packages}`);
}
