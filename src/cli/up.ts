import {join} from 'node:path';
import {checkConfig, loadConfig, readConfig} from '../config/config.ts';
import {toDelegateSettings} from '../config/delegates.ts';
import {ConfigProblemsError} from '../config/problem.ts';
import type {Config} from '../config/schema.ts';
import {Daemon} from '../daemon/daemon.ts';
import {requireDelegateOptions} from '../daemon/delegate-options.ts';
import {createLog} from '../daemon/log.ts';
import {type BoardProfile, boardProfile} from '../daemon/profile.ts';
import {packageRoot} from '../native/package-root.ts';
import {createConsoleSink} from '../sink/console.ts';
import {createJsonlSink} from '../sink/jsonl.ts';
import {type Camera, listCameras} from '../source/cameras.ts';
import {redactUrl} from '../source/redact.ts';
import {findConfig} from './delegate-setup.ts';
import {styled, type Terminal} from './terminal.ts';

export interface UpOptions {
  readonly config?: string;
  /** Seconds. */
  readonly duration?: number;
  readonly json?: boolean;
}

interface Choice {
  readonly config: Config;
  /** Where the configuration came from, in a few words. */
  readonly origin: string;
}

const demoConfig = join(packageRoot, 'examples', 'flood-drone', 'dunlin.yaml');

/** `dunlin up`: the daemon, until SIGTERM, SIGINT, the duration, or the end of every file source. @returns the exit status */
export async function up(options: UpOptions, terminal: Terminal): Promise<number> {
  const {config, origin} = await chooseConfig(options.config);
  const log = createLog(config.log.level, options.json === true);
  const profile = await boardProfile(config.profile, {settings: toDelegateSettings(config)});
  const write = (line: string) => terminal.out(line);
  const sink = options.json
    ? {name: 'jsonl', sink: createJsonlSink({target: process.stdout, log, results: false})}
    : {name: 'console', sink: createConsoleSink(write)};
  const daemon = new Daemon({config, profile, log, sinks: [sink]});
  const stop = stopSignal(options.duration);
  try {
    await daemon.start();
    if (!options.json) terminal.out(banner({origin, config, profile, daemon}, terminal));
    return await Promise.race([daemon.run(), stop.fired.then(() => 0)]);
  } finally {
    stop.cancel();
    await daemon.stop();
  }
}

async function chooseConfig(path: string | undefined): Promise<Choice> {
  const found = findConfig(path);
  if (found !== undefined) {
    const checked = await readConfig(found);
    await requireDelegateOptions(checked);
    return {config: checked.config, origin: found};
  }
  const [camera] = await listCameras('/');
  if (camera === undefined) {
    return {
      config: await loadConfig(demoConfig),
      origin: 'no dunlin.yaml and no camera: the flood-survey demo (models trained on drawings)',
    };
  }
  return {config: cameraConfig(camera), origin: `no dunlin.yaml: faces on ${camera.name}`};
}

/** Faces on the camera that was found: something true to see at once. */
function cameraConfig(camera: Camera): Config {
  const text = `pipelines: {camera: {source: ${JSON.stringify(camera.uri)}, model: face-detector, rules: {threshold: 0.6, confirm: {frames: 3, of: 5}}, snapshots: {onEvent: true}}}\n`;
  const checked = checkConfig(text, 'default');
  if ('problems' in checked) throw new ConfigProblemsError(checked.problems);
  return checked.config;
}

function banner(
  {origin, config, profile, daemon}: {origin: string; config: Config; profile: BoardProfile; daemon: Daemon},
  terminal: Terminal,
): string {
  const {brokerUrl, served} = daemon;
  const delegates = daemon.devices.flatMap(({id, devices}) => devices.map(({name}) => `${id} (${name})`));
  const bold = (text: string) => styled(terminal, 'bold', text);
  const {prefix} = config.mqtt;
  const pipelines = Object.entries(config.pipelines).map(
    ([name, {source, model}]) => `  ${name}: ${redactUrl(source.uri)} → ${model.path}`,
  );
  return [
    `${bold('config')}     ${origin}`,
    `${bold('board')}      ${profile.name} (profile ${profile.id}, ${profile.threads} threads)`,
    `${bold('delegates')}  ${delegates.join(', ')}`,
    `${bold('pipelines')}\n${pipelines.join('\n')}`,
    `${bold('broker')}     ${brokerUrl}  (mosquitto_sub -h ${new URL(brokerUrl).hostname} -p ${new URL(brokerUrl).port || 1883} -t '${prefix}/${config.node.name}/#' -v, or: dunlin watch ${brokerUrl})`,
    ...(served === undefined
      ? []
      : [`${bold('http')}       ${served.url}/v2  (models: ${served.modelNames.join(', ')})`]),
    '',
    '',
  ].join('\n');
}

/** Fires once on SIGTERM, SIGINT or after the duration; a second signal ends the process at once. */
function stopSignal(durationS: number | undefined): {readonly fired: Promise<void>; cancel(): void} {
  let fire: () => void = () => undefined;
  const fired = new Promise<void>(resolve => {
    fire = resolve;
  });
  let signals = 0;
  const onSignal = () => {
    signals++;
    if (signals > 1) process.exit(130);
    fire();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  const timer = durationS === undefined ? undefined : setTimeout(fire, durationS * 1000);
  return {
    fired,
    cancel() {
      clearTimeout(timer);
      // The handlers stay until the process ends, so that a second signal while stopping is understood.
    },
  };
}
