import {chmod, mkdir, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import test from 'ava';
import {listCameras} from '../../src/source/cameras.ts';
import {cameraDouble} from '../helpers/camera-double.ts';
import {scratchDirectory} from '../helpers/media.ts';

/** A root with the nodes `video0: name, index, udev capabilities`. */
async function machine(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await scratchDirectory();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), {recursive: true});
    await writeFile(join(root, path), text);
    if (path.includes('/bin/')) await chmod(join(root, path), 0o755);
  }
  return root;
}

function node(id: string, name: string, index = '0', capabilities?: string): Record<string, string> {
  const number = `81:${id.replace(/\D+/, '')}`;
  return {
    [`sys/class/video4linux/${id}/name`]: `${name}\n`,
    [`sys/class/video4linux/${id}/index`]: `${index}\n`,
    [`sys/class/video4linux/${id}/dev`]: `${number}\n`,
    ...(id.startsWith('video') ? {[`dev/${id}`]: ''} : {}),
    ...(capabilities === undefined
      ? {}
      : {[`run/udev/data/c${number}`]: `I:1\nE:ID_V4L_CAPABILITIES=${capabilities}\n`}),
  };
}

test('webcams are listed once each, by number', async t => {
  const root = await machine({
    ...node('video10', 'Webcam B'),
    ...node('video2', 'HD Pro Webcam C920', '0', ':capture:'),
    ...node('video3', 'HD Pro Webcam C920', '1', ':'),
  });
  t.deepEqual(await listCameras(root), [
    {uri: 'v4l2:/dev/video2', name: 'HD Pro Webcam C920'},
    {uri: 'v4l2:/dev/video10', name: 'Webcam B'},
  ]);
});

test('codecs, image processors and devices that cannot capture are no cameras', async t => {
  const root = await machine({
    ...node('video10', 'bcm2835-codec-decode'),
    ...node('video13', 'bcm2835-isp-output0'),
    ...node('video19', 'rpi-hevc-dec'),
    ...node('video20', 'pispbe-input'),
    ...node('video0', 'vi-output, imx219 9-0010'),
    ...node('video4', 'Some output', '0', ':video_output:'),
  });
  t.deepEqual(await listCameras(root), []);
});

test('a node without its device file is left out', async t => {
  const {'dev/video0': _device, ...rest} = node('video0', 'Webcam');
  t.deepEqual(await listCameras(await machine(rest)), []);
});

test('a CSI camera on a Raspberry Pi is read by rpicam-vid and comes first', async t => {
  const files = {
    ...node('video0', 'unicam-image'),
    ...node('v4l-subdev0', 'imx708_wide 10-001a'),
    ...node('v4l-subdev1', 'dw9807 10-000c'),
    ...node('video8', 'Webcam'),
  };
  const withProgram = await machine({...files, 'usr/bin/rpicam-vid': ''});
  t.deepEqual(await listCameras(withProgram), [
    {uri: 'rpicam:0', name: 'Raspberry Pi camera 0 (imx708_wide)'},
    {uri: 'v4l2:/dev/video8', name: 'Webcam'},
  ]);
  t.deepEqual(await listCameras(await machine(files)), [{uri: 'v4l2:/dev/video8', name: 'Webcam'}]);
});

test('on this machine the camera program is asked', async t => {
  const answer = [
    'Available cameras',
    '-----------------',
    '0 : imx708 [4608x2592 10-bit RGGB] (/base/soc/i2c0mux/i2c@1/imx708@1a)',
    "    Modes: 'SRGGB10_CSI2P' : 1536x864 [120.13 fps - (768, 432)/3072x1728 crop]",
    '1 : ov5647 [2592x1944 10-bit GBRG] (/base/soc/i2c0mux/i2c@0/ov5647@36)',
  ].join('\n');
  const double = await cameraDouble('rpicam-vid', [[{stderr: answer}]]);
  const found = await listCameras('/', double.env);
  t.deepEqual(found.slice(0, 2), [
    {uri: 'rpicam:0', name: 'Raspberry Pi camera 0 (imx708)'},
    {uri: 'rpicam:1', name: 'Raspberry Pi camera 1 (ov5647)'},
  ]);
  t.deepEqual((await double.starts())[0]?.args, ['--list-cameras']);
});

test('a machine without any has none', async t => {
  t.deepEqual(await listCameras(await scratchDirectory()), []);
});
