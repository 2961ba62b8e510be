// Builds the native addon: node scripts/build-addon.mjs [--arch x64|arm64] [--sanitize] [--force]
// Output: build/linux-<arch>/dunlin.node (build/linux-<arch>-sanitize/ with --sanitize). Node built-ins only.
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
const sourceDir = path.join(root, 'src/native/addon');

const flags = ['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror', '-fvisibility=hidden', '-fPIC', '-shared', '-pthread'];
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

function isCurrent(output, stampFile, stamp) {
  try {
    readFileSync(output);
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

export async function buildAddon({arch = process.arch, sanitize = false, force = false} = {}) {
  if (process.platform !== 'linux') throw new BuildError(`the addon is for Linux; this is ${process.platform}`);
  const toolchain = toolchainFor(arch);
  const allFlags = sanitize ? [...flags, ...sanitizeFlags] : flags;
  const include = headerDir();
  const outputDir = path.join(root, 'build', `linux-${arch}${sanitize ? '-sanitize' : ''}`);
  const output = path.join(outputDir, 'dunlin.node');
  const stampFile = path.join(outputDir, 'dunlin.stamp');

  const hash = createHash('sha256');
  hash.update(await compilerVersion(toolchain)).update([toolchain.command, ...allFlags, ...libraries].join(' '));
  hashFiles(hash, include, /\.h$/);
  const sources = hashFiles(hash, sourceDir, /\.[ch]$/).filter(name => name.endsWith('.c'));
  const stamp = hash.digest('hex');
  if (!force && isCurrent(output, stampFile, stamp)) return {output, built: false};

  mkdirSync(outputDir, {recursive: true});
  const temporary = `${output}.${process.pid}.tmp`;
  const files = sources.map(name => path.join(sourceDir, name));
  try {
    await compile(toolchain.command, [
      ...allFlags,
      '-DNAPI_VERSION=8',
      '-isystem',
      include,
      ...files,
      '-o',
      temporary,
      ...libraries,
    ]);
    renameSync(temporary, output);
  } finally {
    rmSync(temporary, {force: true});
  }
  writeFileSync(stampFile, stamp);
  return {output, built: true};
}

async function main() {
  const {values} = parseArgs({
    options: {arch: {type: 'string'}, sanitize: {type: 'boolean'}, force: {type: 'boolean'}},
  });
  const {output, built} = await buildAddon(values);
  console.log(`${path.relative(process.cwd(), output)}: ${built ? 'built' : 'up to date'}`);
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main().catch(error => {
    if (!(error instanceof BuildError)) throw error;
    console.error(`build-addon: ${error.message}`);
    process.exitCode = 1;
  });
}
