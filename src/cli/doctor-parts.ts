import type {SeenDelegate} from '../daemon/see-delegates.ts';
import {DunlinError} from '../error/errors.ts';
import type {SeenSystem} from '../profile/detect.ts';
import type {CheckStatus, DoctorCheck, DoctorProbes, Probe} from './doctor-report.ts';

const probeTimeoutMs = 20_000;

export interface Probed {
  readonly checks: readonly DoctorCheck[];
  readonly delegates: readonly SeenDelegate[];
}

/** Tries the parts that only running code can tell about. A probe that throws or hangs becomes a check. */
export async function runProbes(probes: DoctorProbes): Promise<Probed> {
  const addon = await tryProbe('addon', 'fail', probes.addon);
  const runtime = await tryProbe('tflite', 'fail', probes.runtime);
  const jpeg = await tryProbe('jpeg', 'warn', probes.jpeg);
  const broker = probes.broker ? [await tryProbe('broker', 'fail', probes.broker)] : [];
  let delegates: readonly SeenDelegate[] = [];
  const failed = await attempt('delegates', async () => {
    delegates = await probes.delegates();
  });
  const camera = await checkCameras(probes);
  return {checks: [addon, runtime, jpeg, camera, ...broker, ...(failed ? [failed] : [])], delegates};
}

async function tryProbe(id: string, bad: CheckStatus, probe: Probe): Promise<DoctorCheck> {
  let found = '';
  const failed = await attempt(
    id,
    async () => {
      found = await probe();
    },
    bad,
  );
  return failed ?? {id, status: 'ok', found};
}

async function checkCameras(probes: DoctorProbes): Promise<DoctorCheck> {
  let cameras: Awaited<ReturnType<DoctorProbes['cameras']>> = [];
  const failed = await attempt('camera', async () => {
    cameras = await probes.cameras();
  });
  if (failed) return failed;
  const [first] = cameras;
  if (first === undefined) {
    const remedy = 'Plug a camera in, or name a source in dunlin.yaml: docs/configuration.md.';
    return {id: 'camera', status: 'warn', found: 'none', chosen: 'the demonstration clip', remedy};
  }
  return {id: 'camera', status: 'ok', found: cameras.map(({name}) => name).join('; '), chosen: first.uri};
}

/** The check of something that went wrong, or undefined. */
async function attempt(
  id: string,
  work: () => Promise<void>,
  bad: CheckStatus = 'warn',
): Promise<DoctorCheck | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${probeTimeoutMs / 1000} s`)), probeTimeoutMs);
  });
  try {
    await Promise.race([work(), silence]);
    return undefined;
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return {id, status: bad, found, ...(error instanceof DunlinError ? {remedy: error.hint} : {})};
  } finally {
    clearTimeout(timer);
  }
}

/** Programs that some sources run. */
export function checkPrograms({programs}: SeenSystem): DoctorCheck[] {
  if (programs.ffmpeg !== undefined) return [{id: 'ffmpeg', status: 'ok', found: programs.ffmpeg}];
  const found = 'not found: video files, RTSP and USB cameras cannot be opened';
  return [{id: 'ffmpeg', status: 'warn', found, remedy: 'sudo apt-get install ffmpeg'}];
}
