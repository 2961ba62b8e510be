import test from 'ava';
import type {DevicesReport} from '../../src/cli/devices-report.ts';
import {cli} from '../helpers/cli.ts';
import {fakeRoot} from '../helpers/fake-root.ts';

const usb = (vendor: string, product: string) => ({
  'sys/bus/usb/devices/1-1/idVendor': `${vendor}\n`,
  'sys/bus/usb/devices/1-1/idProduct': `${product}\n`,
  'sys/bus/usb/devices/1-1/busnum': '1\n',
  'sys/bus/usb/devices/1-1/devnum': '4\n',
});
const node = {'dev/bus/usb/001/004': ''};
const pci = {
  'sys/bus/pci/devices/0000:01:00.0/vendor': '0x1ac1\n',
  'sys/bus/pci/devices/0000:01:00.0/device': '0x089a\n',
};
const libedgetpu = {'usr/lib/aarch64-linux-gnu/libedgetpu.so.1': ''};
const pi5 = {'proc/device-tree/model': 'Raspberry Pi 5 Model B Rev 1.0\0'};
const jetson = {'etc/nv_tegra_release': '# R35 (release), REVISION: 4.1\n'};

interface Expected {
  readonly reason: RegExp;
  readonly remedy: RegExp;
}

/** What `dunlin devices` says about the first device of a delegate on a board with these files. */
const told = test.macro(async (t, files: Record<string, string>, delegate: string, expected: Expected | undefined) => {
  const {status, json, err} = await cli('devices', '--json', '--sysroot', await fakeRoot(t, files));
  t.is(status, 0, err);
  const seen = json<DevicesReport>()[0]?.delegates.find(({id}) => id === delegate);
  const problem = seen?.devices[0]?.problem;
  t.is(seen?.devices.length, 1, JSON.stringify(seen));
  if (expected === undefined) return void t.is(problem, undefined);
  t.regex(problem?.reason ?? '', expected.reason);
  t.regex(problem?.remedy ?? '', expected.remedy);
});

test('a new Coral stick without its driver', told, {...usb('1a6e', '089a'), ...node}, 'edgetpu', {
  reason: /libedgetpu\.so\.1 is not installed/,
  remedy: /libedgetpu1-std/,
});
test('a Coral stick that a container hides', told, {...usb('18d1', '9302'), ...libedgetpu}, 'edgetpu', {
  reason: /001\/004 is not visible here/,
  remedy: /\/dev\/bus\/usb/,
});
test('a Coral stick that is ready', told, {...usb('18d1', '9302'), ...node, ...libedgetpu}, 'edgetpu', undefined);
test('a Coral card without its driver, on a Raspberry Pi 5', told, {...pci, ...pi5, ...libedgetpu}, 'edgetpu', {
  reason: /gasket, apex/,
  remedy: /gasket-dkms.*pciex1-compat-pi5,no-mip/s,
});
test('a Coral card that is ready', told, {...pci, ...libedgetpu, 'dev/apex_0': ''}, 'edgetpu', undefined);
test('a Neural Compute Stick without OpenVINO', told, {...usb('03e7', '2485'), ...node}, 'movidius', {
  reason: /libopenvino_c\.so/,
  remedy: /movidius\.md/,
});
test('a Jetson whose GPU a container hides', told, jetson, 'jetson', {
  reason: /no device node of the GPU/,
  remedy: /--runtime nvidia/,
});
