import {chmod, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {jetson} from '../../../delegates/jetson/index.ts';
import type {Device} from '../../../src/delegate/contract.ts';
import {loadModel} from '../../../src/model/load.ts';
import {createDelegate} from '../../helpers/delegate.ts';
import {boardRoot, fakeRoot} from '../../helpers/fake-root.ts';
import {sharedData} from '../../helpers/shared-data.ts';
import {realLibrary} from './setup.ts';

type Files = Readonly<Record<string, string>>;
type Options = Readonly<Record<string, unknown>>;

const nano: Files = {
  'etc/nv_tegra_release': '# R32 (release), REVISION: 7.1, GCID: 29818004, BOARD: t210ref, EABI: aarch64\n',
  'proc/device-tree/compatible': 'nvidia,p3449-0000-b00+p3448-0000-b00\0nvidia,jetson-nano\0nvidia,tegra210\0',
  'proc/device-tree/model': 'NVIDIA Jetson Nano Developer Kit\0',
  'dev/nvhost-gpu': '',
};
const xavier: Files = {
  'etc/nv_tegra_release': '# R35 (release), REVISION: 4.1, GCID: 33958178, BOARD: t186ref, EABI: aarch64\n',
  'proc/device-tree/compatible': 'nvidia,p3509-0000+p3668-0000\0nvidia,tegra194\0',
  'proc/device-tree/model': 'NVIDIA Jetson Xavier NX Developer Kit\0',
  'dev/nvhost-gpu': '',
};
const orinNano: Files = {
  'etc/nv_tegra_release': '# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic, EABI: aarch64\n',
  'proc/device-tree/compatible': 'nvidia,p3768-0000+p3767-0005-super\0nvidia,p3767-0005\0nvidia,tegra234\0',
  'proc/device-tree/model': 'NVIDIA Jetson Orin Nano Developer Kit\0',
  'dev/nvgpu/igpu0/as': '',
};

/** ONNX Runtime, TensorRT and both providers, as one release installs them. */
function installed(folder: string, ort: string, tensorrt: string): Files {
  return {
    [`${folder}/libonnxruntime.so`]: '',
    [`${folder}/libonnxruntime.so.${ort}`]: '',
    [`${folder}/libonnxruntime_providers_tensorrt.so`]: '',
    [`${folder}/libonnxruntime_providers_cuda.so`]: '',
    [`usr/lib/aarch64-linux-gnu/libnvinfer.so.${tensorrt}`]: '',
  };
}

async function probe(t: ExecutionContext, files: Files, options: Options = {}): Promise<readonly Device[]> {
  return createDelegate(jetson, options, {sysroot: await fakeRoot(t, files)}).probe();
}

const found = test.macro(
  async (t, files: Files, expected: {ids: string[]; jetpack?: string; tensorrt: string; ort: string}) => {
    const devices = await probe(t, files);
    t.deepEqual(
      devices.map(({id}) => id),
      expected.ids,
    );
    for (const {problem, facts} of devices) {
      t.is(problem, undefined);
      t.is(facts?.jetpack, expected.jetpack);
      t.is(facts?.TensorRT, expected.tensorrt);
      t.is(facts?.['ONNX Runtime'], expected.ort);
      t.is(facts?.providers, 'tensorrt, cuda, cpu');
    }
  },
);

const release = (version: string) => version.replace(/^(\d+\.\d+).*/, '$1');
const wheel = 'usr/local/lib/python3.10/dist-packages/onnxruntime/capi';

test(
  'a Nano with JetPack 4.6 has a GPU',
  found,
  {...nano, ...named('usr/local/lib', '1.11.0', '8.2.1')},
  {
    ids: ['gpu:0'],
    jetpack: '4.6 (L4T R32.7.1)',
    tensorrt: '8.2.1',
    ort: '1.11.0',
  },
);
test(
  'a Xavier with JetPack 5 has a GPU',
  found,
  {...xavier, ...named('usr/lib', '1.16.3', '8.5.2')},
  {
    ids: ['gpu:0'],
    jetpack: '5 (L4T R35.4.1)',
    tensorrt: '8.5.2',
    ort: '1.16.3',
  },
);
test(
  'an Orin Nano with JetPack 6 and a wheel has a GPU',
  found,
  {...orinNano, ...named(wheel, '1.20.1', '10.3.0')},
  {
    ids: ['gpu:0'],
    jetpack: '6 (L4T R36.4.3)',
    tensorrt: '10.3.0',
    ort: '1.20.1',
  },
);

/** As `installed`, without the nameless link, so that the version shows. */
function named(folder: string, ort: string, tensorrt: string): Files {
  const {[`${folder}/libonnxruntime.so`]: _link, ...files} = installed(folder, ort, tensorrt);
  return files;
}

const modules: readonly (readonly [module: string, cores: number])[] = [
  ['p3767-0000', 2],
  ['p3767-0001', 1],
  ['p3767-0003', 0],
  ['p3701-0000', 2],
];
for (const [module, cores] of modules) {
  test(`the module ${module} of tegra234 has ${cores} accelerators, used where the options say so`, async t => {
    const compatible = `nvidia,p3768-0000+${module}\0nvidia,tegra234\0`;
    const files = {...orinNano, ...installed('usr/lib', '1.20.1', '10.3.0'), 'proc/device-tree/compatible': compatible};
    for (const dla of [0, 1]) {
      const [device, ...others] = await probe(t, files, {dla});
      t.is(device?.id, `dla:${dla}`);
      t.deepEqual(others, []);
      t.is(device?.problem === undefined, dla < cores);
    }
    const [gpu] = await probe(t, files);
    t.is(gpu?.facts?.['deep learning accelerators'], cores === 0 ? undefined : `${cores} (option dla)`);
  });
}

test('graphics cards are found in the order of their addresses', async t => {
  const information = (name: string, minor: number) => `Model: \t\t ${name}\nDevice Minor: \t ${minor}\n`;
  const devices = await probe(t, {
    'proc/driver/nvidia/version': 'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15\n',
    'proc/driver/nvidia/gpus/0000:0a:00.0/information': information('NVIDIA RTX A2000', 1),
    'proc/driver/nvidia/gpus/0000:03:00.0/information': information('NVIDIA H100 80GB HBM3', 0),
    'dev/nvidia0': '',
    ...installed('usr/local/lib', '1.20.1', '10.4.0'),
  });
  t.deepEqual(
    devices.map(({id, name, problem}) => [id, name, problem?.reason]),
    [
      ['gpu:0', 'NVIDIA H100 80GB HBM3', undefined],
      ['gpu:1', 'NVIDIA RTX A2000', 'no device node of the GPU is visible'],
    ],
  );
});

const hindered = test.macro(async (t, files: Files, options: Options, reason: RegExp, remedy: RegExp) => {
  const [device] = await probe(t, files, options);
  t.regex(device?.problem?.reason ?? '', reason);
  t.regex(device?.problem?.remedy ?? '', remedy);
});

const {'dev/nvhost-gpu': _node, ...container} = xavier;
test('a container without the GPU says how to start it', hindered, container, {}, /no device node/, /--runtime nvidia/);
test(
  'a Nano without a library is told which to build',
  hindered,
  nano,
  {},
  /no libonnxruntime/,
  /1\.11 or 1\.10.*CUDA 10\.2/,
);
test(
  'a Xavier without a library is told which to build',
  hindered,
  xavier,
  {},
  /no libonnxruntime/,
  /1\.14 to 1\.18 .*JetPack 5/,
);
test('an Orin without a library is told which wheel', hindered, orinNano, {}, /no libonnxruntime/, /JetPack 6/);
test(
  'a library that is named but not there is named again',
  hindered,
  orinNano,
  {library: '/nowhere/libonnxruntime.so'},
  /\/nowhere\/libonnxruntime\.so is not there/,
  /library:/,
);
test(
  'a library without providers is of no use',
  hindered,
  {...orinNano, 'usr/lib/libonnxruntime.so': ''},
  {},
  /comes without tensorrt and cuda/,
  /wheel/,
);
test(
  'a provider that is asked for and missing is named',
  hindered,
  {...orinNano, 'usr/lib/libonnxruntime.so': '', 'usr/lib/libonnxruntime_providers_cuda.so': ''},
  {providers: ['tensorrt', 'cuda', 'cpu']},
  /comes without tensorrt/,
  /wheel/,
);
test(
  'a Nano cannot compute in int8',
  hindered,
  {...nano, ...installed('usr/lib', '1.11.0', '8.2.1')},
  {precision: 'int8'},
  /tegra210 sm_53 cannot compute in int8/,
  /fp16/,
);
test(
  'a library too new for JetPack 4.6 is told apart',
  hindered,
  {...nano, ...named('usr/lib', '1.16.0', '8.2.1')},
  {},
  /ONNX Runtime 1\.16\.0, too new for JetPack 4\.6/,
  /1\.11/,
);

test(
  'the accelerators of a Xavier refuse fp32',
  hindered,
  {...xavier, ...installed('usr/lib', '1.16.3', '8.5.2')},
  {precision: 'fp32', dla: 0},
  /computes in fp16 and int8 only/,
  /precision: fp16/,
);

test('power mode and temperature are told', async t => {
  const [device] = await probe(t, {
    ...orinNano,
    'var/lib/nvpmodel/status': 'pmode:0001 fmode:fanNull\n',
    'etc/nvpmodel.conf': '< POWER_MODEL ID=0 NAME=15W >\nCPU_ONLINE CORE_0 1\n< POWER_MODEL ID=1 NAME=7W >\n',
    'sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
    'sys/class/thermal/thermal_zone0/temp': '51000\n',
    'sys/class/thermal/thermal_zone1/type': 'gpu-thermal\n',
    'sys/class/thermal/thermal_zone1/temp': '48500\n',
  });
  t.is(device?.facts?.['power mode'], '7W (mode 1)');
  t.is(device?.temperatureC, 48.5);
});

test('no permission for the GPU names the groups', async t => {
  const root = await fakeRoot(t, {...orinNano, ...installed('usr/lib', '1.20.1', '10.3.0')});
  await chmod(join(root, 'dev/nvgpu/igpu0/as'), 0o000);
  const [device] = await createDelegate(jetson, {}, {sysroot: root}).probe();
  if (process.getuid?.() === 0) t.is(device?.problem, undefined);
  else t.regex(device?.problem?.remedy ?? '', /usermod -aG video,render/);
});

for (const board of ['raspberry-pi-4', 'pc-qemu']) {
  test(`a ${board} has none, and is told why`, async t => {
    const delegate = createDelegate(jetson, {}, {sysroot: boardRoot(board)});
    t.deepEqual(await delegate.probe(), []);
    const {reason, remedy} = await delegate.absence();
    t.regex(reason, /no NVIDIA GPU/);
    t.regex(remedy, /nv_tegra_release/);
  });
}

test('with the processor as its only provider, it works on any machine', async t => {
  const delegate = createDelegate(
    jetson,
    {providers: ['cpu'], library: realLibrary()},
    {sysroot: boardRoot('pc-qemu')},
  );
  const [device] = await delegate.probe();
  t.is(device?.id, 'cpu');
  t.regex(release(device?.facts?.['ONNX Runtime'] ?? ''), /^1\.\d+$/);
  const none = createDelegate(jetson, {providers: ['cpu']}, {sysroot: boardRoot('pc-qemu')});
  t.deepEqual(await none.probe(), []);
  t.regex((await none.absence()).reason, /no libonnxruntime\.so/);
});

test('TensorFlow Lite models are for others', async t => {
  const delegate = createDelegate(jetson);
  const device = {id: 'gpu:0', name: 'GPU'};
  const model = await loadModel(sharedData('models', 'hello_world_float.tflite'));
  t.regex(delegate.unsupportedReason(model, device) ?? '', /TensorFlow Lite.*tf2onnx/);
  t.is(delegate.unsupportedReason(await loadModel(sharedData('models', 'yolox_nano.onnx')), device), undefined);
});

test('a library is found again after it was replaced', async t => {
  const root = await fakeRoot(t, {...orinNano, 'usr/lib/libonnxruntime.so': 'VERS_1.18.0\0'});
  const delegate = createDelegate(jetson, {}, {sysroot: root});
  t.is((await delegate.probe())[0]?.facts?.['ONNX Runtime'], '1.18.0');
  await writeFile(join(root, 'usr/lib/libonnxruntime.so'), 'newer: VERS_1.20.1\0');
  t.is((await delegate.probe())[0]?.facts?.['ONNX Runtime'], '1.20.1');
});
