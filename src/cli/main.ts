import {Command, CommanderError, InvalidArgumentError, Option} from 'commander';
import {exitStatusByCode} from '../error/codes.ts';
import {dunlinVersion} from '../native/package-root.ts';
import {processTerminal, reportError, type Terminal} from './terminal.ts';

const number = (minimum: number, maximum: number, whole: boolean) => (text: string) => {
  const value = Number(text);
  if (text.trim() === '' || !(value >= minimum && value <= maximum) || (whole && !Number.isInteger(value))) {
    throw new InvalidArgumentError(
      `expected a ${whole ? 'whole ' : ''}number from ${minimum} to ${maximum}, got "${text}".`,
    );
  }
  return value;
};

const delegateOptions = (command: Command) =>
  command
    .option('--config <file>', 'dunlin.yaml whose delegates are used (default: as for `dunlin up`)')
    .option(
      '--delegate-option <name.key=value>',
      'an option of a delegate, as under `delegates` in dunlin.yaml; repeatable',
      (flag: string, flags: readonly string[]) => [...flags, flag],
      [],
    );

const modelOptions = (command: Command) =>
  delegateOptions(command)
    .option(
      '--delegate <place...>',
      'delegates to try, best first, as NAME or NAME:DEVICE: cpu, edgetpu:usb:0, a name of the configuration, or auto',
      ['auto'],
    )
    .option('--threads <n>', 'threads for one run (default: what the board profile says)', number(1, 64, true))
    .option('--no-xnnpack', "run TFLite's builtin kernels instead of XNNPACK's")
    .option('--labels <file>', 'class names, one a line')
    .option('--manifest <file>', 'model.json to use instead of what the model says itself')
    .option('--json', 'print JSON instead of a table');

/** Every command of the CLI; each action returns the exit status. */
export function buildProgram(terminal: Terminal, finish: (status: number) => void): Command {
  const program = new Command('dunlin')
    .description('Camera in, detections out over MQTT, on whatever accelerator the board has.')
    .version(dunlinVersion())
    .configureOutput({writeOut: text => terminal.out(text), writeErr: text => terminal.err(text)})
    .exitOverride()
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 2 usage or configuration, 3 model refused, 4 input refused, 5 delegate unavailable, 6 sink failed, 70 a bug.\n',
    );

  program
    .command('up')
    .description('run the daemon: cameras to MQTT')
    .option(
      '--config <file>',
      'dunlin.yaml (default: ./dunlin.yaml, /etc/dunlin/dunlin.yaml, else a default made for this board)',
    )
    .addOption(
      new Option('--duration <s>', 'stop by itself after this many seconds').argParser(number(0.1, 1e9, false)),
    )
    .option('--json', 'print events and log lines as JSON')
    .addHelpText('after', '\nExample: dunlin up --config dunlin.yaml\n')
    .action(async options => finish(await (await import('./up.ts')).up(options, terminal)));

  modelOptions(program.command('infer <model> [inputs...]'))
    .description('run a model on pictures, videos or raw tensors and print what it sees')
    .option('--tensor <file...>', "raw little-endian bytes for the model's inputs, in order")
    .option(
      '--output-dir <dir>',
      'write out0.bin, out1.bin … exactly as the engine gave them; for further pictures in DIR/2, DIR/3 …',
    )
    .option('--annotate <png>', 'draw the result on the picture')
    .option('--save-mask <png>', 'write the segmentation mask')
    .option('--top <n>', 'classes to print', number(1, 100_000, true))
    .option('--threshold <score>', 'lowest score to print, 0 to 1', number(0, 1, false))
    .addHelpText('after', '\nExample: dunlin infer mobilenet.tflite photo.jpg --top 3\n')
    .action(async (model, inputs, options) =>
      finish(await (await import('./infer.ts')).infer(model, inputs, options, terminal)),
    );

  delegateOptions(program.command('inspect <model>'))
    .description('say what a model is: tensors, operators, task, family, and a ready model.json')
    .option('--delegate <name...>', 'say whether these delegates can run it, or why not; all for every one')
    .option('--json', 'print JSON instead of a table')
    .option('--labels <file>', 'class names, one a line')
    .option('--manifest <file>', 'model.json to use instead of what the model says itself')
    .option('--write-manifest <file>', 'write the inferred model.json there')
    .addHelpText('after', '\nExample: dunlin inspect model.tflite --delegate all\n')
    .action(async (model, options) => finish(await (await import('./inspect.ts')).inspect(model, options, terminal)));

  modelOptions(program.command('bench <model> [picture]'))
    .description('measure a model on this machine')
    .option('--runs <n>', 'timed runs', number(1, 1_000_000, true), 100)
    .option('--warmup <n>', 'runs before that are not timed', number(0, 1_000_000, true), 10)
    .option('--sweep', 'try 1, 2, 4 … threads up to the number of cores')
    .option('--save', 'let `delegates: auto` prefer what was fastest here')
    .addHelpText(
      'after',
      '\n--delegate all measures every delegate that is here, taking turns.\nExample: dunlin bench mobilenet.tflite photo.jpg --delegate all --save\n',
    )
    .action(async (model, picture, options) =>
      finish(await (await import('./bench.ts')).bench(model, picture, options, terminal)),
    );

  program
    .command('doctor')
    .description('check this machine: what was found, what was chosen, what is missing and how to fix it')
    .option('--json', 'print JSON instead of a list')
    .option('--config <file>', 'check with this configuration')
    .option('--udev-rules', 'print the udev rules that let a group open accelerators, and do nothing else')
    .addOption(new Option('--sysroot <dir>').default('/').hideHelp())
    .addHelpText('after', '\nExample: dunlin doctor\n')
    .action(async options => finish(await (await import('./doctor.ts')).doctor(options, terminal)));

  delegateOptions(program.command('devices'))
    .description('list board, cameras, delegates with their devices, and where models run')
    .option('--json', 'print JSON instead of a table')
    .addOption(new Option('--sysroot <dir>').default('/').hideHelp())
    .addHelpText('after', '\nExample: dunlin devices --json\n')
    .action(async options => finish(await (await import('./doctor.ts')).devices(options, terminal)));

  program
    .command('watch [url]')
    .description('print the topics of a Dunlin readably (default: mqtt://127.0.0.1:1883)')
    .option('--prefix <topic>', 'topic prefix', 'dunlin')
    .option('--json', 'one JSON object per message')
    .addHelpText('after', '\nExample: dunlin watch mqtt://broker.local\n')
    .action(async (url, options) =>
      finish(await (await import('./watch-command.ts')).watchCommand(url, options, terminal)),
    );

  const config = program.command('config').description('check, describe or start a configuration file');
  config
    .command('check [file]')
    .description('say every fault with its line')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: dunlin config check dunlin.yaml\n')
    .action(async (file, options) => finish(await (await import('./config.ts')).check(file, options, terminal)));
  config
    .command('schema')
    .description('print the JSON Schema of dunlin.yaml')
    .action(async () => finish(await (await import('./config.ts')).schema(terminal)));
  config
    .command('init [file]')
    .description('write a commented dunlin.yaml for this machine')
    .option('--force', 'replace an existing file')
    .action(async (file, options) => finish(await (await import('./config.ts')).init(file, options, terminal)));

  program
    .command('runtime')
    .description('the TFLite library that Dunlin runs models with')
    .command('install')
    .description('fetch the pinned library and check its hash')
    .addOption(new Option('--version <version>', 'which one').choices(['2.21.0', '2.18.0']))
    .option('--json', 'print JSON')
    .action(async options => finish(await (await import('./runtime.ts')).install(options, terminal)));

  return program;
}

/** Runs the command line. @returns the exit status */
export async function main(argv: readonly string[], terminal: Terminal = processTerminal): Promise<number> {
  let status = 0;
  try {
    const program = buildProgram(terminal, code => {
      status = code;
    });
    await program.parseAsync([...argv], {from: 'user'});
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitStatusByCode.USAGE;
    return reportError(terminal, error, argv.includes('--json'));
  }
}
