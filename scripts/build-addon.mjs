// Builds the native addon and the program that owns devices: node scripts/build-addon.mjs [--arch x64|arm64] [--sanitize] [--force]
// Output: build/linux-<arch>/{dunlin.node,dunlin-host} (build/linux-<arch>-sanitize/ with --sanitize). Node built-ins only.
import {execFile} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';
import {parseArgs, promisify} from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const addonDir = path.join(root, 'src/native/addon');
const hostDir = path.join(root, 'src/native/host');

/** Parts of the host program that speak with it, and are in the addon too. */
const channelParts = ['channel.c', 'shared_memory.c'];
/** Parts of the addon that the host program's TFLite engine is made of. */
const tflitePart = /^(interpreter|tflite_library|delegate_.*|tensor_memory|error_text)\.c$/;

const flags = ['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror', '-fvisibility=hidden', '-pthread'];
const addonFlags = ['-fPIC', '-shared', '-DNAPI_VERSION=8'];
const hostFlags = ['-fPIE', '-pie'];
const sanitizeFlags = ['-g', '-fno-omit-frame-pointer', '-fsanitize=address,undefined'];
const libraries = ['-ldl', '-lm'];

/** Compiler command and the packages that bring it, by target architecture; CC overrides the native one. */
const toolchains = {
  x64: {command: 'x86_64-linux-gnu-gcc', packages: 'gcc-x86-64-linux-gnu libc6-dev-amd64-cross'},
  arm64: {command: 'aarch64-linux-gnu-gcc', packages: 'gcc-aarch64-linux-gnu libc6-dev-arm64-cross'},
};

class BuildError extends Error {}

function toolchainFor(arch) {
  const cross = toolchains[arch];
  if (!cross) throw new BuildError(`cannot build for ${arch}; known: ${Object.keys(toolchains).join(', ')}`);
  if (arch === process.arch) return {command: process.env.CC || 'cc', packages: 'gcc libc6-dev'};
  return cross;
}

async function compilerVersion({command, packages}) {
  try {
    const {stdout} = await run(command, ['--version']);
    return stdout;
  } catch (error) {
    throw new BuildError(
      `the C compiler "${command}" cannot be run (${error.code ?? error.message})\n` +
        `Install it, on Debian, Ubuntu or Raspberry Pi OS: apt-get install ${packages}`,
    );
  }
}

function headerDir() {
  const require = createRequire(path.join(root, 'package.json'));
  try {
    return path.join(path.dirname(require.resolve('node-api-headers/package.json')), 'include');
  } catch {
    throw new BuildError('the Node-API headers are missing\nInstall the dependencies first: npm ci');
  }
}

function hashFiles(hash, dir, extension) {
  const names = readdirSync(dir).filter(name => extension.test(name));
  for (const name of names.sort())
    hash
      .update(`${name}\0`)
      .update(readFileSync(path.join(dir, name)))
      .update('\0');
  return names;
}

function isCurrent(files, stampFile, stamp) {
  try {
    for (const file of files) readFileSync(file);
    return readFileSync(stampFile, 'utf8') === stamp;
  } catch {
    return false;
  }
}

async function compile(command, commandArguments) {
  try {
    await run(command, commandArguments, {maxBuffer: 16 * 1024 * 1024});
  } catch (error) {
    const packages = /\b(stdlib|stdio|pthread|dlfcn)\.h: No such file/.test(error.stderr ?? '')
      ? '\nThe C library headers are missing, on Debian: apt-get install libc6-dev'
      : '';
    throw new BuildError(`${command} failed:\n${error.stderr || error.message}${packages}`);
  }
}

/** What is compiled, from all C files of both folders. */
function outputsOf(addonFiles, hostFiles, include) {
  const addon = addonFiles.map(name => path.join(addonDir, name));
  const host = hostFiles.map(name => path.join(hostDir, name));
  const shared = channelParts.map(name => path.join(hostDir, name));
  const tflite = addonFiles.filter(name => tflitePart.test(name)).map(name => path.join(addonDir, name));
  return [
    {name: 'dunlin.node', arguments: [...addonFlags, '-isystem', include, ...addon, ...shared]},
    {name: 'dunlin-host', arguments: [...hostFlags, ...host, ...tflite]},
  ];
}

async function link(toolchain, sharedFlags, output, outputDir) {
  const file = path.join(outputDir, output.name);
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await compile(toolchain.command, [...sharedFlags, ...output.arguments, '-o', temporary, ...libraries]);
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, {force: true});
  }
}

export async function buildAddon({arch = process.arch, sanitize = false, force = false} = {}) {
  if (process.platform !== 'linux') throw new BuildError(`the addon is for Linux; this is ${process.platform}`);
  const toolchain = toolchainFor(arch);
  const sharedFlags = sanitize ? [...flags, ...sanitizeFlags] : flags;
  const include = headerDir();
  const outputDir = path.join(root, 'build', `linux-${arch}${sanitize ? '-sanitize' : ''}`);
  const stampFile = path.join(outputDir, 'dunlin.stamp');

  const hash = createHash('sha256');
  const words = [toolchain.command, ...sharedFlags, ...addonFlags, ...hostFlags, ...libraries];
  hash.update(await compilerVersion(toolchain)).update(words.join(' '));
  hashFiles(hash, include, /\.h$/);
  const [addonFiles, hostFiles] = [addonDir, hostDir].map(dir =>
    hashFiles(hash, dir, /\.[ch]$/).filter(name => name.endsWith('.c')),
  );
  const outputs = outputsOf(addonFiles, hostFiles, include);
  const files = outputs.map(({name}) => path.join(outputDir, name));
  const stamp = hash.digest('hex');
  const result = {output: files[0], host: files[1]};
  if (!force && isCurrent(files, stampFile, stamp)) return {...result, built: false};

  mkdirSync(outputDir, {recursive: true});
  for (const output of outputs) await link(toolchain, sharedFlags, output, outputDir);
  writeFileSync(stampFile, stamp);
  return {...result, built: true};
}

async function main() {
  const {values} = parseArgs({
    options: {arch: {type: 'string'}, sanitize: {type: 'boolean'}, force: {type: 'boolean'}},
  });
  const {output, host, built} = await buildAddon(values);
  for (const file of [output, host])
    console.log(`${path.relative(process.cwd(), file)}: ${built ? 'built' : 'up to date'}`);
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main().catch(error => {
    if (!(error instanceof BuildError)) throw error;
    console.error(`build-addon: ${error.message}`);
    process.exitCode = 1;
  });
}
