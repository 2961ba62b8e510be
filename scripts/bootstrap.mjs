// Makes a fresh clone ready, then runs a command: node scripts/bootstrap.mjs <start|test|bench> -- COMMAND…
// Only Node's built-ins: nothing is installed yet when this starts. Every step is skipped when its inputs are unchanged.
import {spawn, spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {constants} from 'node:os';
import {dirname, join, relative} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {missingPackages} from './apt-packages.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const separator = process.argv.indexOf('--');
const mode = process.argv[2] ?? 'start';
const command = separator < 0 ? [] : process.argv.slice(separator + 1);
const say = text => process.stderr.write(`dunlin: ${text}\n`);

/** Prints what failed, the end of its output and what to do, then exits with 1. */
function giveUp(what, output, remedy) {
  say(`${what} failed.`);
  const lines = output.trim().split('\n');
  const shown = lines.length <= 40 ? lines : [...lines.slice(0, 20), '…', ...lines.slice(-20)];
  if (output.trim() !== '') process.stderr.write(`${shown.join('\n')}\n`);
  say(`what to do: ${remedy}`);
  process.exit(1);
}

/** Runs a program quietly with a clock on the terminal; shows its output only when it fails. */
async function step(title, program, args, remedy) {
  const startedAt = Date.now();
  const seconds = () => ((Date.now() - startedAt) / 1000).toFixed(0);
  const child = spawn(program, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ONNXRUNTIME_NODE_INSTALL: 'skip',
      ONNXRUNTIME_NODE_INSTALL_CUDA: 'skip',
      DEBIAN_FRONTEND: 'noninteractive',
    },
  });
  let output = '';
  const keep = chunk => {
    output = (output + chunk).slice(-200_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const terminal = process.stderr.isTTY === true;
  const tick = setInterval(
    () =>
      process.stderr.write(terminal ? `\rdunlin: ${title} … ${seconds()} s ` : `dunlin: ${title} … ${seconds()} s\n`),
    terminal ? 500 : 15_000,
  );
  const status = await new Promise(resolve => {
    child.on('error', error => {
      keep(String(error));
      resolve(1);
    });
    child.on('close', (code, signal) => resolve(signal === null ? code : 1));
  });
  clearInterval(tick);
  if (terminal) process.stderr.write('\r\u001B[K');
  if (status !== 0) giveUp(title, output, remedy);
  say(`${title}: done in ${seconds()} s`);
}

function hashOf(paths) {
  const hash = createHash('sha256');
  const add = path => {
    const stat = statSync(path, {throwIfNoEntry: false});
    if (stat === undefined) return;
    if (stat.isDirectory()) {
      for (const name of readdirSync(path).sort())
        if (name !== 'node_modules' && name !== 'addon') add(join(path, name));
      return;
    }
    if (/\.(ts|json|mjs)$/.test(path)) hash.update(relative(root, path)).update(readFileSync(path));
  };
  for (const path of paths) add(join(root, path));
  return hash.digest('hex');
}

/** Runs `work` unless the stamp file says that it was done for these very inputs. */
async function unlessUnchanged(stamp, inputs, work) {
  const path = join(root, stamp);
  const hash = hashOf(inputs);
  if (existsSync(path) && readFileSync(path, 'utf8') === hash) return;
  await work();
  mkdirSync(dirname(path), {recursive: true});
  writeFileSync(path, hash);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 9)) return;
  giveUp(
    'checking Node',
    `Node ${process.version} is too old.`,
    'install Node 20.9 or later (Debian 13 and Raspberry Pi OS: apt-get install nodejs npm).',
  );
}

/** Installs Debian packages when this is root on a Debian system; otherwise says the exact command and goes on. */
async function systemPackages() {
  const missing = missingPackages(mode);
  if (missing.length === 0) return;
  const install = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  const canInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (!canInstall) {
    say(`these Debian packages are missing; without them some things fail: sudo ${install}`);
    return;
  }
  say(`installing what ${mode === 'test' ? 'the tests need' : 'the build needs'}: ${missing.join(' ')}`);
  await step('updating the package lists', 'apt-get', ['update', '-q'], 'check the network and /etc/apt/sources.list.');
  await step('installing Debian packages', 'apt-get', install.split(' ').slice(1), `run by hand: ${install}`);
}

async function runtime() {
  const {installRuntime} = await import(pathToFileURL(join(root, 'dist/src/native/runtime-install.js')).href);
  let shown = 0;
  try {
    const {path, version, installed} = await installRuntime({
      onProgress({step: phase, doneBytes, totalBytes}) {
        const part = phase === 'download' && totalBytes > 0 ? Math.floor((10 * doneBytes) / totalBytes) : 0;
        if (part > shown) say(`fetching the TFLite runtime … ${part * 10} %`);
        shown = part;
      },
    });
    if (installed) say(`TFLite runtime ${version} is at ${path}`);
  } catch (error) {
    giveUp(
      'fetching the TFLite runtime',
      `${error?.message ?? error}`,
      error?.hint ?? 'check the network and try again.',
    );
  }
}

checkNode();
await systemPackages();
await unlessUnchanged('node_modules/.dunlin-stamp', ['package.json', 'package-lock.json'], () =>
  step(
    'installing npm packages',
    'npm',
    ['install', '--no-save', '--no-fund', '--no-audit'], // npm ci refuses a lock file made where a mirror lacks other platforms' optional packages
    'check the network and the npm registry, then try again.',
  ),
);
await unlessUnchanged(
  'dist/.dunlin-stamp',
  ['tsconfig.json', 'src', 'delegates', 'firmware-bridge', 'test', 'bench', 'scripts'],
  () =>
    step(
      'compiling TypeScript',
      process.execPath,
      ['node_modules/typescript/bin/tsc', '-p', '.'],
      'this is a fault in the sources: report it with the text above.',
    ),
);
const addon = spawnSync(process.execPath, ['scripts/build-addon.mjs'], {cwd: root, stdio: 'inherit'});
if (addon.status !== 0) process.exit(addon.status ?? 1);
await runtime();
if (command.length > 0) {
  const child = spawn(process.execPath, command, {cwd: root, stdio: 'inherit'});
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('close', (code, signal) => process.exit(signal === null ? code : 128 + (constants.signals[signal] ?? 0)));
}
