// Debian packages that the build, the daemon's default and the tests need, each with the file that shows it is there.

import {spawnSync} from 'node:child_process';
import {existsSync, readdirSync} from 'node:fs';

const onPath = program => (process.env.PATH ?? '').split(':').some(folder => existsSync(`${folder}/${program}`));
const inLinker = library => (spawnSync('/sbin/ldconfig', ['-p'], {encoding: 'utf8'}).stdout ?? '').includes(library);
const file = path => existsSync(path);
const inAnyLib = path => readdirSync('/usr/lib').some(folder => existsSync(`/usr/lib/${folder}/${path}`));

/** `for`: the lowest mode that needs it. */
const packages = [
  {name: 'gcc', for: 'start', present: () => onPath('cc') || onPath('gcc')},
  {name: 'libc6-dev', for: 'start', present: () => file('/usr/include/stdio.h')},
  {name: 'libturbojpeg0', for: 'start', present: () => inLinker('libturbojpeg.so.0')},
  {name: 'ffmpeg', for: 'test', present: () => onPath('ffmpeg')},
  {name: 'python3-gi', for: 'test', present: () => file('/usr/lib/python3/dist-packages/gi/__init__.py')},
  {
    name: 'gir1.2-gst-rtsp-server-1.0',
    for: 'test',
    present: () => inAnyLib('girepository-1.0/GstRtspServer-1.0.typelib'),
  },
  {name: 'gstreamer1.0-plugins-base', for: 'test', present: () => inAnyLib('gstreamer-1.0/libgstvideotestsrc.so')},
  {name: 'gstreamer1.0-plugins-good', for: 'test', present: () => inAnyLib('gstreamer-1.0/libgstrtp.so')},
  {name: 'gstreamer1.0-plugins-bad', for: 'test', present: () => inAnyLib('gstreamer-1.0/libgstx265.so')},
  {name: 'gstreamer1.0-plugins-ugly', for: 'test', present: () => inAnyLib('gstreamer-1.0/libgstx264.so')},
  {name: 'mosquitto', for: 'test', present: () => onPath('mosquitto') || file('/usr/sbin/mosquitto')},
  {name: 'mosquitto-clients', for: 'test', present: () => onPath('mosquitto_sub')},
  {name: 'openssl', for: 'test', present: () => onPath('openssl')},
  {name: 'gcc-aarch64-linux-gnu', for: 'test', present: () => onPath('aarch64-linux-gnu-gcc')},
  {name: 'libc6-dev-arm64-cross', for: 'test', present: () => file('/usr/aarch64-linux-gnu/include/stdio.h')},
  {name: 'libstdc++6-arm64-cross', for: 'test', present: () => file('/usr/aarch64-linux-gnu/lib/libstdc++.so.6')},
  {name: 'qemu-user-static', for: 'test', present: () => onPath('qemu-aarch64-static')},
  {
    name: 'python3-venv',
    for: 'test',
    present: () => spawnSync('python3', ['-c', 'import ensurepip']).status === 0,
  },
];

const needed = {start: ['start'], bench: ['start', 'test', 'bench'], test: ['start', 'test']};

/** Names of the packages that `mode` needs and this machine lacks. */
export function missingPackages(mode) {
  const modes = needed[mode] ?? needed.start;
  return packages.filter(entry => modes.includes(entry.for) && !entry.present()).map(entry => entry.name);
}
