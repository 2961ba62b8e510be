// Every check, then every test. The last line is `N passed, N failed`.
import {spawn} from 'node:child_process';

const bin = name => `node_modules/.bin/${name}`;

function run(program, args, onLine) {
  return new Promise(resolve => {
    const child = spawn(program, args, {stdio: ['ignore', 'pipe', 'inherit']});
    let rest = '';
    child.stdout.on('data', chunk => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    });
    child.on('close', code => resolve(code ?? 1));
  });
}

let passed = 0;
let failed = 0;

for (const [title, program, args] of [
  ['formatting and lint', bin('biome'), ['check', '.']],
  ['import directions', bin('depcruise'), ['dist/src', 'dist/delegates', '--config', '.dependency-cruiser.cjs']],
  ['unused files and exports', bin('knip'), []],
]) {
  const lines = [];
  const status = await run(program, args, line => lines.push(line));
  if (status === 0) passed++;
  else failed++;
  console.log(`${status === 0 ? '✔' : '✘'} ${title}`);
  if (status !== 0) console.log(lines.join('\n'));
}

// AVA's TAP says each test on a line of its own; a crashed worker or an empty file is a "not ok" too.
const status = await run(bin('ava'), ['--tap', ...process.argv.slice(2)], line => {
  if (/^ok \d+/.test(line)) {
    if (line.includes('# SKIP')) console.log(line);
    else passed++;
    return;
  }
  if (/^not ok \d+/.test(line)) failed++;
  if (!/^(TAP version|# |1\.\.|---)/.test(line) && line.trim() !== '') console.log(line);
});
if (status !== 0 && failed === 0) failed++;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
