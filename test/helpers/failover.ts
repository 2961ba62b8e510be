import {readFileSync} from 'node:fs';
import type {PipelineState, ResultMessage} from '../../src/sink/contract.ts';
import {type DaemonProcess, startDaemon} from './daemon.ts';
import {EdgetpuDouble} from './edgetpu-double.ts';
import {startMosquitto} from './mosquitto.ts';
import {type Listener, listen} from './mqtt-listener.ts';
import {childrenOf} from './processes.ts';
import {sharedData} from './shared-data.ts';

export interface FailoverOptions {
  /** `failover:` of the configuration. */
  readonly failover?: object;
  readonly fps?: number;
  /** Delegates of the pipeline; `npu` is the double, in a process of its own. */
  readonly delegates?: readonly string[];
  /** Orders for the double from the start. */
  readonly control?: readonly string[];
  /** Of the daemon, beside our own environment. */
  readonly env?: NodeJS.ProcessEnv;
}

/** A live daemon whose pipeline runs on a double in a process of its own, with the CPU behind it. */
export class FailoverRig {
  readonly double: EdgetpuDouble;
  readonly daemon: DaemonProcess;
  readonly listener: Listener;
  readonly #close: () => Promise<void>;

  private constructor(double: EdgetpuDouble, daemon: DaemonProcess, listener: Listener, close: () => Promise<void>) {
    this.double = double;
    this.daemon = daemon;
    this.listener = listener;
    this.#close = close;
  }

  static async start(options: FailoverOptions = {}): Promise<FailoverRig> {
    const {failover = {}, fps = 30, delegates = ['npu', 'cpu'], control = [], env = {}} = options;
    const twin = sharedData('models', 'mobilenet_v1_0.25_128_quant.tflite');
    const double = await EdgetpuDouble.start({twins: [twin]});
    await double.control(...control);
    const broker = await startMosquitto();
    const listener = await listen(broker.url, 'dunlin/box/#');
    const config = {
      node: {name: 'box'},
      mqtt: {url: broker.url},
      log: {level: 'info'},
      failover,
      delegates: {npu: {use: 'external', library: double.library}},
      pipelines: {
        cam: {
          source: {uri: `test:320x240@${fps}`},
          model: sharedData('models', 'edgetpu', 'mobilenet_v1_0.25_128_quant_edgetpu.tflite'),
          delegates,
          rules: {threshold: 0.01, updateEveryS: 0},
        },
      },
    };
    const daemon = startDaemon(config, {...process.env, ...double.env, ...env});
    return new FailoverRig(double, daemon, listener, async () => {
      await listener.close();
      await broker.dispose();
      await double.stop();
    });
  }

  /** Every result so far, in the order of their arrival. */
  get results(): ResultMessage[] {
    return this.listener.messages.filter(({topic}) => topic.endsWith('/result')).map(({text}) => JSON.parse(text));
  }

  get states(): PipelineState[] {
    return this.listener.messages.filter(({topic}) => topic.endsWith('/cam/state')).map(({text}) => JSON.parse(text));
  }

  /** Resolves with the first result, from now on, that a delegate gave. */
  async resultFrom(delegate: string): Promise<ResultMessage> {
    let from = this.listener.messages.length;
    let found: ResultMessage | undefined;
    await this.listener.until(messages => {
      for (; from < messages.length && found === undefined; from++) {
        const {topic, text} = messages[from]!;
        if (!topic.endsWith('/result')) continue;
        const result = JSON.parse(text) as ResultMessage;
        if (result.delegate.id === delegate) found = result;
      }
      return found !== undefined;
    });
    return found!;
  }

  /** The first state, past or future, that fits. */
  async state(fits: (state: PipelineState) => boolean): Promise<PipelineState> {
    const found = await this.listener.first(
      ({topic, text}) => topic.endsWith('/cam/state') && fits(JSON.parse(text) as PipelineState),
    );
    return JSON.parse(found.text) as PipelineState;
  }

  /** Pids of the daemon's host processes. */
  async hosts(): Promise<number[]> {
    return (await childrenOf(this.daemon.pid)).filter(pid => commandLine(pid).includes('dunlin-host'));
  }

  /** Ends the daemon, then everything around it. @returns its exit status */
  async stop(): Promise<number | null> {
    const status = await this.daemon.stop();
    await this.#close();
    return status;
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Milliseconds between the results, by when each was published. */
export function gapsOf(results: readonly ResultMessage[]): number[] {
  const times = results.map(({at, ageMs}) => Date.parse(at) + ageMs);
  return times.slice(1).map((time, index) => time - times[index]!);
}
