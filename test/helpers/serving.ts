import {checkConfig} from '../../src/config/config.ts';
import {ConfigProblemsError} from '../../src/config/problem.ts';
import {serveHosts} from '../../src/daemon/hosts-port.ts';
import {boardProfile} from '../../src/daemon/profile.ts';
import {Serving} from '../../src/daemon/serve/serving.ts';
import {noHosts} from '../../src/native/host/none.ts';
import {type KeptLog, keepLog} from './log.ts';

export interface ServingHandle {
  /** Without a slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly log: KeptLog;
  /** Resolves once the model has been opened so many times. */
  opened(model: string, times?: number): Promise<void>;
  stop(): Promise<void>;
}

type Extra = Partial<Pick<Parameters<typeof Serving.start>[0], 'clientLimits' | 'entry'>>;

/**
 * Serves models as a daemon with this `http` section does, on a free port, in this process.
 *
 * @param rest other sections of the configuration
 */
export async function startServing(http: object, extra: Extra = {}, rest: object = {}): Promise<ServingHandle> {
  const checked = checkConfig(JSON.stringify({...rest, http: {enabled: true, port: 0, ...http}}), 'test');
  if ('problems' in checked) throw new ConfigProblemsError(checked.problems);
  const log = keepLog();
  const serving = await Serving.start({
    config: checked.config,
    profile: await boardProfile('auto'),
    log,
    serveHosts: port => serveHosts(port, noHosts, () => {}),
    ...extra,
  });
  const isReady = (model: string) => (line: {readonly message: string; readonly fields: object}) =>
    line.message === 'model ready to be served' && (line.fields as {served: string}).served === model;
  return {
    url: serving.url,
    port: Number(new URL(serving.url).port),
    log,
    async opened(model, times = 1) {
      await log.until(line => isReady(model)(line) && log.lines.filter(isReady(model)).length >= times);
    },
    stop: () => serving.stop(),
  };
}

/** Parses an answer's body. */
export async function json<T>(answer: Response | Promise<Response>): Promise<T> {
  return (await (await answer).json()) as T;
}
