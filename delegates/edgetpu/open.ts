import type {DelegateContext, RunResult, Session, SessionOptions} from '../../src/delegate/contract.ts';
import {DelegateUnavailableError, DeviceLostError, RunError} from '../../src/error/errors.ts';
import type {FrameInput} from '../../src/image/input.ts';
import type {Model} from '../../src/model/model.ts';
import {openHosted} from '../../src/native/host/session.ts';
import {findTflite} from '../../src/native/runtime.ts';
import {xnnpackFlags} from '../../src/native/xnnpack.ts';
import type {Sysroot} from '../../src/system/sysroot.ts';
import {type EdgetpuDevice, hostKey} from './device.ts';
import {libraryProblem} from './install.ts';
import {findLibrary} from './library.ts';
import type {EdgetpuOptions} from './options.ts';
import {openingFailed, openingWorked} from './reset.ts';

/** What opening takes besides a model and a device. */
export interface Opening {
  readonly context: DelegateContext;
  readonly sysroot: Sysroot;
  readonly options: EdgetpuOptions;
  readonly session: SessionOptions;
}

/**
 * Opens one compiled model in the process that owns the device.
 *
 * @throws {DelegateUnavailableError} no library, or the device cannot be had
 * @throws {ModelUnsupportedError} the library refuses the model
 */
export async function openOnDevice(model: Model, device: EdgetpuDevice, opening: Opening): Promise<Session> {
  const {context, sysroot, options, session} = opening;
  const where = `${context.name} ${device.id}`;
  const library = await findLibrary(sysroot, options.library);
  if (library === undefined) {
    const {reason, remedy} = await libraryProblem(sysroot, options.library);
    throw new DelegateUnavailableError(`${where}: ${reason}`, remedy);
  }
  const request = {key: hostKey(device), engine: 'tflite', library: findTflite().path} as const;
  const hosted = {where, request, options: engineOptions(library, device, opening), remedy: remedyFor(device)};
  try {
    const opened = await openHosted(model, hosted, context.hosts, session);
    openingWorked(device);
    return watchRemoval(opened, device, {where, sysroot});
  } catch (error) {
    if (error instanceof DelegateUnavailableError) await openingFailed(device, sysroot, context.log);
    throw error;
  }
}

/** What the host program's TFLite engine reads; `plugin.` leads the options of libedgetpu itself; `edgetpu.path` corrects `device`. */
function engineOptions(library: string, device: EdgetpuDevice, {options, session}: Opening): [string, string][] {
  const {performance, usbAlwaysDfu, usbMaxBulkInQueueLength} = options;
  return [
    ['threads', String(session.threads)],
    ['xnnpack', session.xnnpack ? String(xnnpackFlags) : 'no'],
    ['plugin', library],
    ['edgetpu.path', device.path],
    ['plugin.device', device.pluginDevice],
    ['plugin.Performance', performance],
    ['plugin.Usb.AlwaysDfu', usbAlwaysDfu ? 'True' : 'False'],
    ...(usbMaxBulkInQueueLength === undefined
      ? []
      : [['plugin.Usb.MaxBulkInQueueLength', String(usbMaxBulkInQueueLength)] satisfies [string, string]]),
  ];
}

function remedyFor({bus, path}: EdgetpuDevice): string {
  return bus === 'usb'
    ? 'Plug it out and in again; use a short USB 3 cable and a port or hub that supplies 900 mA.'
    : `See \`sudo dmesg | grep apex\` and the temperature in /sys/class/apex/${path.replace('/dev/', '')}/temp.`;
}

/** libedgetpu tells an unplugged device only as a failed run; whether it is still there is looked up then. */
function watchRemoval(
  session: Session,
  device: EdgetpuDevice,
  {where, sysroot}: {readonly where: string; readonly sysroot: Sysroot},
): Session {
  return {
    get engine() {
      return `${session.engine} + edgetpu`;
    },
    get inputs() {
      return session.inputs;
    },
    outputs: session.outputs,
    async run(picture?: FrameInput): Promise<RunResult> {
      try {
        return await session.run(picture);
      } catch (error) {
        if (!(error instanceof RunError) || (await sysroot.exists(device.path))) throw error;
        throw new DeviceLostError(`${where}: ${device.path} is gone`, remedyFor(device), {cause: error});
      }
    },
    close: () => session.close(),
  };
}
