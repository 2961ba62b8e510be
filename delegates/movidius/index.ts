import type {
  Delegate,
  DelegateContext,
  DelegateDefinition,
  Device,
  Problem,
  Session,
  SessionOptions,
} from '../../src/delegate/contract.ts';
import {parseOptions} from '../../src/delegate/options.ts';
import {DelegateUnavailableError} from '../../src/error/errors.ts';
import type {Model} from '../../src/model/model.ts';
import {openHosted} from '../../src/native/host/session.ts';
import {Sysroot} from '../../src/system/sysroot.ts';
import {absenceOf} from './absence.ts';
import {devicesOf, type Findings} from './devices.ts';
import {findIntelNodes} from './intel-nodes.ts';
import {findLibrary} from './library.ts';
import {ListingCache} from './listing.ts';
import {type MovidiusOptions, movidiusOptions} from './options.ts';
import {engineModel} from './request.ts';
import {findSticks} from './sticks.ts';
import {isMyriad, refusal} from './support.ts';

/** Everything that OpenVINO drives: Myriad sticks with 2022.3.1, CPU, GPU and NPU with current releases. */
export const movidius: DelegateDefinition = {
  apiVersion: 1,
  id: 'movidius',
  home: 'isolated',
  create(options, context) {
    return new Movidius(parseOptions(movidiusOptions, options, context.name), context);
  },
};

/** A GPU compiles its kernels for minutes the first time; afterwards they come from the cache. A stick boots in seconds. */
const openTimeoutMs = 300_000;
const stickOpenTimeoutMs = 60_000;

class Movidius implements Delegate {
  readonly id = 'movidius';
  readonly home = 'isolated';
  readonly #options: MovidiusOptions;
  readonly #context: DelegateContext;
  readonly #sysroot: Sysroot;
  readonly #listings = new ListingCache();

  constructor(options: MovidiusOptions, context: DelegateContext) {
    this.#options = options;
    this.#context = context;
    this.#sysroot = new Sysroot(context.sysroot);
  }

  async probe(): Promise<readonly Device[]> {
    return devicesOf(await this.#look());
  }

  async absence(): Promise<Problem> {
    const {looked, ...findings} = await this.#look();
    return absenceOf(findings, looked);
  }

  unsupportedReason(model: Model, device: Device): string | undefined {
    if (Object.hasOwn(this.#options.ir, model.name)) return undefined;
    return refusal(model, device.id, device.facts?.openvino ?? '');
  }

  async open(model: Model, device: Device, session: SessionOptions): Promise<Session> {
    const {library} = await this.#look();
    const where = `${this.#context.name} ${device.id}`;
    const problem = library === undefined ? await this.absence() : device.problem;
    if (library === undefined || problem !== undefined) {
      throw new DelegateUnavailableError(`${where}: ${problem?.reason}`, problem?.remedy ?? '');
    }
    const {cacheDir, hosts} = this.#context;
    const prepared = await engineModel(model, {device, options: this.#options, session, cacheDir});
    const {memoryLimitMb} = this.#options;
    const hosted = {
      where,
      request: {
        key: processKey(device, library.path, model),
        engine: 'openvino',
        library: library.path,
        env: library.env,
        ...(memoryLimitMb === undefined ? {} : {memoryLimitBytes: memoryLimitMb * 2 ** 20}),
      },
      options: prepared.options,
      openTimeoutMs: isMyriad(device.id) ? stickOpenTimeoutMs : openTimeoutMs,
      remedy: isMyriad(device.id)
        ? 'Plug the stick in again, into a port or hub that gives it enough power.'
        : 'See what the kernel says (dmesg), and look again with `dunlin devices`.',
    } as const;
    return openHosted(prepared.model, hosted, hosts, session);
  }

  async #look(): Promise<Findings & {readonly looked: readonly string[]}> {
    const sticks = await findSticks(this.#sysroot);
    const nodes = await findIntelNodes(this.#sysroot);
    const forMyriad = sticks.some(({problem}) => problem === undefined);
    const {library, looked} = await findLibrary(this.#options.library, this.#sysroot, forMyriad);
    const hardware = JSON.stringify([sticks, nodes]);
    const listing =
      library === undefined ? absenceOf({library, sticks}, looked) : await this.#listings.get(library, hardware);
    return {library, listing, sticks, nodes, wanted: this.#options.device, looked};
  }
}

/**
 * One process per accelerator, which no two may hold. The processor belongs to everybody: there each model has its own, so
 * that compiling one does not hold up the runs of another.
 */
function processKey({id}: Device, library: string, {sha256}: Model): string {
  return `movidius ${id} ${library}${id === 'CPU' ? ` ${sha256.slice(0, 12)}` : ''}`;
}
