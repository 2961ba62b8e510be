import {DunlinError} from '../error/errors.ts';
import type {SeenAccelerator} from '../profile/accelerators.ts';
import {delegatesFor} from '../profile/choose.ts';
import type {SeenSystem} from '../profile/detect.ts';
import type {Profile} from '../profile/schema.ts';
import type {CheckStatus, DoctorCheck, DoctorProbes, Probe, SeenDelegate} from './doctor-report.ts';

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

const libraryOf = {edgetpu: ['edgetpu'], movidius: ['openvino'], jetson: ['tensorrt', 'onnxruntime']} as const;
const libraryRemedy = {
  edgetpu: "sudo apt-get install libedgetpu1-std (from Google's coral-edgetpu-stable repository)",
  movidius: 'Install OpenVINO 2022.3.1, the last release for Myriad devices.',
  jetson: 'sudo apt-get install nvidia-jetpack',
} as const;

/** Accelerators that the system shows, and what stands between them and their use. */
export function checkAccelerators(system: SeenSystem, delegates: readonly SeenDelegate[]): DoctorCheck[] {
  return system.accelerators.map(seen => checkAccelerator(seen, system, delegates));
}

function checkAccelerator(seen: SeenAccelerator, system: SeenSystem, delegates: readonly SeenDelegate[]): DoctorCheck {
  const {delegate, problem, remedy} = seen;
  const id = `accelerator:${seen.address}`;
  if (!delegates.some(known => known.id === delegate)) {
    return {id, status: 'ok', found: seen.name, chosen: `not used: this release has no ${delegate} delegate`};
  }
  if (problem !== undefined) {
    return {id, status: 'warn', found: `${seen.name}: ${problem}`, ...(remedy === undefined ? {} : {remedy})};
  }
  const needs: readonly string[] = libraryOf[delegate];
  const has = needs.some(name => system.libraries.some(library => library.name === name));
  if (has) return {id, status: 'ok', found: seen.name, chosen: `delegate ${delegate}`};
  return {id, status: 'warn', found: `${seen.name}: its library is not installed`, remedy: libraryRemedy[delegate]};
}

/** For each kind of model, the delegates in order, and which of them have a device here. */
export function checkDelegates(profile: Profile, delegates: readonly SeenDelegate[]): DoctorCheck[] {
  return (['tflite', 'onnx'] as const).map(kind => {
    const order = delegatesFor(profile, kind);
    const device = (id: string) => delegates.find(delegate => delegate.id === id)?.devices[0];
    const first = order.find(id => device(id) !== undefined);
    const found = order.map(id => `${id}${device(id) === undefined ? ' (no device)' : ''}`).join(', then ');
    const check = {id: `models:${kind}`, found};
    if (first !== undefined) return {...check, status: 'ok', chosen: `${first} on ${device(first)?.name ?? first}`};
    return {...check, status: 'fail', remedy: 'Repair what failed above: no delegate can run this kind of model.'};
  });
}
