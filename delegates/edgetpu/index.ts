import type {Delegate, DelegateContext, DelegateDefinition, Device} from '../../src/delegate/contract.ts';
import {parseOptions} from '../../src/delegate/options.ts';
import {DelegateUnavailableError} from '../../src/error/errors.ts';
import type {Model} from '../../src/model/model.ts';
import {Sysroot} from '../../src/system/sysroot.ts';
import {type EdgetpuDevice, hostKey} from './device.ts';
import {absenceProblem} from './install.ts';
import {findLibrary} from './library.ts';
import {type Opening, openOnDevice} from './open.ts';
import {type EdgetpuOptions, optionsSchema} from './options.ts';
import {bestFirst, probeAll} from './probe.ts';
import {refusal} from './refusal.ts';
import {openSegments} from './segments.ts';
import {openedByThisThread} from './sessions.ts';

/** Coral Edge TPUs on USB and PCIe, through libedgetpu in a process per device. */
export const edgetpu: DelegateDefinition = {
  apiVersion: 1,
  id: 'edgetpu',
  home: 'isolated',
  create(options, context) {
    return createEdgetpu(parseOptions(optionsSchema, options, context.name), context);
  },
};

function createEdgetpu(options: EdgetpuOptions, context: DelegateContext): Delegate {
  const sysroot = new Sysroot(context.sysroot);
  const probe = async () => {
    const found = await probeAll(sysroot, options.library);
    return bestFirst(found, (await context.hosts.occupancy?.()) ?? openedByThisThread.occupancy());
  };
  return {
    id: 'edgetpu',
    home: 'isolated',
    probe,
    absence: async () => absenceProblem(sysroot, await findLibrary(sysroot, options.library)),
    unsupportedReason: model => refusal(model),
    async open(model, device, session) {
      const opening: Opening = {context, sysroot, options, session};
      const usable = placesFor(model, device, await probe(), context.name);
      const opened = model.segments
        ? await openSegments(model, usable, opening)
        : await openOnDevice(model, usable[0] as EdgetpuDevice, opening);
      return openedByThisThread.add(opened, usable.slice(0, model.segments?.length ?? 1).map(hostKey));
    },
  };
}

/** The device asked for, as it is now, then the others that can be used. */
function placesFor(
  model: Model,
  {id}: Device,
  found: readonly EdgetpuDevice[],
  where: string,
): readonly [EdgetpuDevice, ...EdgetpuDevice[]] {
  const wanted = found.find(device => device.id === id);
  if (wanted === undefined) {
    throw new DelegateUnavailableError(
      `${where} ${id}: is gone`,
      'Plug it in again; `dunlin devices` lists what is there.',
    );
  }
  if (wanted.problem)
    throw new DelegateUnavailableError(`${where} ${id}: ${wanted.problem.reason}`, wanted.problem.remedy);
  const others = model.segments ? found.filter(device => device !== wanted && device.problem === undefined) : [];
  return [wanted, ...others];
}
