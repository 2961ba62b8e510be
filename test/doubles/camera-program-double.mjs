#!/usr/bin/env node
// Stands for a camera program (rpicam-vid, libcamera-vid, raspistill) that writes JPEG pictures to stdout.
// CAMERA_DOUBLE is the path of a JSON file: {log, runs: [[step, …], …]}. The n-th start plays runs[n], later starts the last
// one. `log` gets a line per start: {"pid", "args"}. Steps:
//   {"jpeg": PATH, "count": N, "fps": F}  pictures, N absent: for ever; F absent: as fast as they are taken
//   {"cut": PATH, "bytes": N}             the beginning of a picture
//   {"garbage": N}                        N bytes that hold no picture (0xFF and 0xD8 among them)
//   {"stderr": TEXT}   {"exit": CODE}   {"hang": true}
import {appendFileSync, readFileSync} from 'node:fs';
import {basename} from 'node:path';

const {log, runs} = JSON.parse(readFileSync(process.env.CAMERA_DOUBLE, 'utf8'));
let earlier = 0;
try {
  earlier = readFileSync(log, 'utf8').split('\n').length - 1;
} catch {
  // First start.
}
appendFileSync(
  log,
  `${JSON.stringify({pid: process.pid, program: basename(process.argv[1]), args: process.argv.slice(2)})}\n`,
);
process.stdout.on('error', () => process.exit(1));

const write = bytes => new Promise(resolve => process.stdout.write(bytes, resolve));
const pause = ms => new Promise(resolve => setTimeout(resolve, ms));

for (const step of runs[Math.min(earlier, runs.length - 1)]) {
  if (step.jpeg !== undefined) {
    const jpeg = readFileSync(step.jpeg);
    for (let index = 0; index < (step.count ?? Number.POSITIVE_INFINITY); index++) {
      await write(jpeg);
      await pause(step.fps === undefined ? 0 : 1000 / step.fps);
    }
  } else if (step.cut !== undefined) {
    await write(readFileSync(step.cut).subarray(0, step.bytes));
  } else if (step.garbage !== undefined) {
    await write(
      Buffer.from({length: step.garbage}, (_, index) => [0xff, 0x00, 0xd8, 0x7f, 0xff, 0xd8, 0x01][index % 7]),
    );
  } else if (step.stderr !== undefined) {
    process.stderr.write(`${step.stderr}\n`);
  } else if (step.exit !== undefined) {
    process.exit(step.exit);
  } else if (step.hang) {
    await pause(2 ** 31 - 1);
  }
}
