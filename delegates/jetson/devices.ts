import type {Device, Problem} from '../../src/delegate/contract.ts';
import type {Sysroot} from '../../src/system/sysroot.ts';
import {type Board, type Gpu, type JetPack, readBoard} from './board.ts';
import {readClimate} from './climate.ts';
import {findLibrary, type OrtLibrary} from './library.ts';
import type {JetsonOptions, Provider} from './options.ts';

/** What there is to compute with, and whether it can be used. */
export interface Inventory {
  readonly board: Board;
  readonly library: OrtLibrary | undefined;
  /** Those of the options, else those that the library has. */
  readonly providers: readonly Provider[];
}

export async function takeInventory(sysroot: Sysroot, options: JetsonOptions): Promise<Inventory> {
  const [board, library] = await Promise.all([readBoard(sysroot), findLibrary(sysroot, options.library)]);
  return {board, library, providers: options.providers ?? library?.providers ?? []};
}

export async function listDevices(sysroot: Sysroot, options: JetsonOptions): Promise<readonly Device[]> {
  const inventory = await takeInventory(sysroot, options);
  if (options.providers?.every(provider => provider === 'cpu')) return processor(inventory);
  const {temperatureC, powerMode} = await readClimate(sysroot);
  const {gpus, jetpack, isTegra} = inventory.board;
  const facts = {
    ...(jetpack === undefined ? {} : {jetpack: `${jetpack.version} (L4T ${jetpack.l4t})`}),
    ...(powerMode === undefined ? {} : {'power mode': powerMode}),
    ...libraryFacts(inventory),
  };
  return Promise.all(
    gpus.slice(0, options.dla === undefined ? gpus.length : 1).map(async (gpu, index): Promise<Device> => {
      const problem = await problemOf(gpu, inventory, {sysroot, options});
      const common = {
        facts: {...facts, ...dlaFacts(gpu, options)},
        ...(temperatureC === undefined || !isTegra ? {} : {temperatureC}),
        ...(problem === undefined ? {} : {problem}),
      };
      if (options.dla === undefined) return {id: `gpu:${index}`, name: gpu.name, ...common};
      return {id: `dla:${options.dla}`, name: `${gpu.name}, deep learning accelerator ${options.dla}`, ...common};
    }),
  );
}

/** With `providers: [cpu]`, the library computes on the processor of any machine. */
function processor(inventory: Inventory): readonly Device[] {
  if (inventory.library === undefined) return [];
  return [{id: 'cpu', name: 'the processor, through ONNX Runtime', facts: libraryFacts(inventory)}];
}

/** They are used only where the options say so: an engine for each would be built, and most models are slower there. */
function dlaFacts({chip}: Gpu, {dla}: JetsonOptions): Record<string, string> {
  if (chip.dlaCores === 0 || dla !== undefined) return {};
  return {'deep learning accelerators': `${chip.dlaCores} (option dla)`};
}

function dlaProblem({chip}: Gpu, {dla, precision}: JetsonOptions): Problem | undefined {
  if (dla === undefined) return undefined;
  if (dla >= chip.dlaCores) {
    const has = chip.dlaCores === 0 ? 'no deep learning accelerator' : `only ${chip.dlaCores} of them`;
    return {reason: `${chip.name} has ${has}`, remedy: 'Remove "dla" from this delegate: the GPU does it.'};
  }
  if (precision !== 'fp32') return undefined;
  return {
    reason: 'the deep learning accelerator computes in fp16 and int8 only',
    remedy: 'Set "precision: fp16" for this delegate.',
  };
}

function libraryFacts({library, providers}: Inventory): Record<string, string> {
  if (library === undefined) return {};
  return {
    library: library.path,
    'ONNX Runtime': library.version,
    ...(providers.includes('tensorrt') ? {TensorRT: library.tensorrt} : {}),
    providers: providers.join(', '),
  };
}

async function problemOf(
  gpu: Gpu,
  {board, library, providers}: Inventory,
  {sysroot, options}: {sysroot: Sysroot; options: JetsonOptions},
): Promise<Problem | undefined> {
  if (gpu.node === undefined) return noNode(board);
  if (!(await sysroot.isUsable(gpu.node))) {
    return {reason: `no permission for ${gpu.node}`, remedy: 'sudo usermod -aG video,render dunlin (then start again)'};
  }
  if (library === undefined) return noLibrary(board.jetpack, options);
  const missing = providers.find(provider => provider !== 'cpu' && !library.providers.includes(provider));
  if (missing !== undefined || providers.every(provider => provider === 'cpu')) {
    const lacks = missing ?? 'tensorrt and cuda';
    return {reason: `${library.path} comes without ${lacks}`, remedy: whereToGet(board.jetpack)};
  }
  if (options.precision === 'int8' && !gpu.chip.int8) {
    return {reason: `${gpu.chip.name} cannot compute in int8`, remedy: 'Set "precision: fp16" for this delegate.'};
  }
  const dla = dlaProblem(gpu, options);
  if (dla !== undefined) return dla;
  return options.library === undefined ? tooNew(board.jetpack, library) : undefined;
}

function noNode({isTegra}: Board): Problem {
  return {
    reason: 'no device node of the GPU is visible',
    remedy: isTegra
      ? 'In a container, start it with --runtime nvidia; on the host, install JetPack.'
      : 'In a container, start it with --gpus all; on the host, install the NVIDIA driver (nvidia-smi must answer).',
  };
}

function noLibrary(jetpack: JetPack | undefined, {library}: JetsonOptions): Problem {
  const reason =
    library === undefined ? 'no libonnxruntime.so was found in the usual folders' : `${library} is not there`;
  return {reason, remedy: whereToGet(jetpack)};
}

/** docs/delegates/jetson.md has the commands. Python's wheels carry the C library since 1.19. */
function whereToGet(jetpack: JetPack | undefined): string {
  const option = 'name its libonnxruntime.so with "library:"; docs/delegates/jetson.md has the commands';
  switch (jetpack?.version) {
    case '4.6':
      return `Build ONNX Runtime 1.11 or 1.10 for CUDA 10.2 and TensorRT 8.2 (JetPack 4.6 takes none newer), and ${option}.`;
    case '5':
      return `Build ONNX Runtime 1.14 to 1.18 for CUDA 11.4 and TensorRT 8.5 (JetPack 5), and ${option}.`;
    case '6':
      return `Install an onnxruntime-gpu wheel for JetPack 6, 1.19 or newer, and ${option}.`;
    case undefined:
      return `Install ONNX Runtime's release for Linux with GPU, and TensorRT, and ${option}.`;
    default:
      return `Install or build ONNX Runtime with TensorRT for JetPack ${jetpack?.version}, and ${option}.`;
  }
}

/** CUDA 10.2 and TensorRT 8.2 were left behind by 1.12. A library that the operator named is taken as it is. */
function tooNew(jetpack: JetPack | undefined, {version, path}: OrtLibrary): Problem | undefined {
  if (jetpack?.version !== '4.6') return undefined;
  const minor = Number(/^1\.(\d+)/.exec(version)?.[1] ?? 0);
  if (minor <= 11) return undefined;
  return {reason: `${path} is ONNX Runtime ${version}, too new for JetPack 4.6`, remedy: whereToGet(jetpack)};
}

/** Why there is nothing at all. */
export function whyNothing({board, library}: Inventory, options: JetsonOptions): Problem {
  if (options.providers?.every(provider => provider === 'cpu') && library === undefined) {
    return noLibrary(board.jetpack, options);
  }
  return {
    reason: 'no NVIDIA GPU: neither a Jetson nor a graphics card with its driver',
    remedy:
      'On a Jetson, mount /etc/nv_tegra_release and /proc/device-tree into the container; else use another delegate.',
  };
}
