import {fork} from 'node:child_process';
import {createHash, randomBytes} from 'node:crypto';
import {mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {ModelUnsupportedError} from '../error/errors.ts';
import type {Model} from '../model/model.ts';

/** What the child opens and runs once. */
export interface TrialRequest {
  readonly modelPath: string;
  readonly sha256: string;
  readonly delegate: string;
  readonly device: string;
  readonly threads: number;
  readonly xnnpack: boolean;
}

/** What the child found. Where no answer came, the parent says: `crashed` by a fault, `stopped` by anything else. */
export type TrialVerdict =
  | {readonly ok: true; readonly engine: string}
  | {
      readonly ok: false;
      readonly kind: 'refused' | 'unavailable' | 'crashed' | 'hung' | 'stopped';
      readonly reason: string;
      readonly hint: string;
    };

/** What the child sends: with `more`, ordinary inputs are done and extreme ones follow, which may only crash or not. */
export type TrialMessage = TrialVerdict & {readonly more?: true};

export interface TrialOptions {
  /** The program that answers a TrialRequest on its IPC channel. */
  readonly entry: string;
  /** Folder where verdicts are remembered. */
  readonly cacheDir: string;
  /** What identifies the engine: a verdict is only good for the library that gave it. */
  readonly engineKey: string;
  readonly timeoutMs?: number;
}

/** Counts changes of what the child tries: verdicts of older rules are not trusted. */
const trialRules = 2;

/** Signals that a fault of the engine itself raises, and what they tell a person. */
const faults: Readonly<Record<string, string>> = {
  SIGSEGV: 'read or wrote memory that is not its own',
  SIGABRT: 'aborted',
  SIGBUS: 'touched memory that is not there',
  SIGFPE: 'divided by zero',
  SIGILL: 'used an instruction that this processor lacks',
};

/**
 * Opens and runs a model for the first time in a child process, because a well-formed file can still abort the
 * library. Success and crashes are remembered by model hash and engine; what may pass is tried again: refusals, hangs, missing
 * devices, a child that was stopped from outside.
 *
 * @throws {ModelUnsupportedError} the engine refused the model, crashed on it, or did not finish
 */
export async function requireTrial(model: Model, request: TrialRequest, options: TrialOptions): Promise<void> {
  const verdict = recall(request, options) ?? (await runAndRemember(request, options));
  if (verdict.ok || verdict.kind === 'unavailable') return; // the real opening says why
  const {reason, hint} = verdict;
  throw new ModelUnsupportedError(reason.startsWith(model.path) ? reason : `${model.path}: ${reason}`, hint);
}

function verdictPath(request: TrialRequest, options: TrialOptions): string {
  const {modelPath: _, ...rest} = request;
  const key = createHash('sha256')
    .update(JSON.stringify({...rest, engine: options.engineKey, rules: trialRules}))
    .digest('hex');
  return join(options.cacheDir, 'trials', `${key}.json`);
}

function recall(request: TrialRequest, options: TrialOptions): TrialVerdict | undefined {
  try {
    const note = JSON.parse(readFileSync(verdictPath(request, options), 'utf8')) as Partial<Record<string, unknown>>;
    const {ok, kind, reason, hint} = note;
    const isWhole = ok === true || (kind === 'crashed' && typeof reason === 'string' && typeof hint === 'string');
    return isWhole ? (note as unknown as TrialVerdict) : undefined;
  } catch {
    return undefined; // never tried, or a damaged note: try (again)
  }
}

async function runAndRemember(request: TrialRequest, options: TrialOptions): Promise<TrialVerdict> {
  const verdict = await runTrial(request, options);
  if (verdict.ok || verdict.kind === 'crashed') remember(verdict, request, options);
  return verdict;
}

function remember(verdict: TrialVerdict, request: TrialRequest, options: TrialOptions): void {
  const path = verdictPath(request, options);
  try {
    mkdirSync(join(options.cacheDir, 'trials'), {recursive: true});
    const draft = `${path}.${randomBytes(4).toString('hex')}`;
    writeFileSync(draft, JSON.stringify(verdict));
    renameSync(draft, path);
  } catch {
    // A full or read-only disk only costs another trial next time.
  }
}

/** Time for extreme inputs: a loop that one of them makes endless does not count against the model. */
const extremesTimeoutMs = 10_000;

function runTrial(request: TrialRequest, options: TrialOptions): Promise<TrialVerdict> {
  const timeoutMs = options.timeoutMs ?? 60_000;
  return new Promise(resolve => {
    const child = fork(options.entry, [], {stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: []});
    let lastWords = '';
    let answer: TrialMessage | undefined;
    const stop = () => child.kill('SIGKILL');
    let timer = setTimeout(() => {
      answer ??= hungVerdict(timeoutMs);
      stop();
    }, timeoutMs);
    child.stderr?.on('data', chunk => {
      lastWords = (lastWords + String(chunk)).slice(-2000);
    });
    child.on('message', message => {
      answer = message as TrialMessage;
      clearTimeout(timer);
      if (answer.more) timer = setTimeout(stop, extremesTimeoutMs);
      else stop(); // its verdict is in; after a refusal the library's state is anyone's guess
    });
    child.on('error', () => {});
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const crashedLate = answer?.more === true && signal !== null && signal in faults;
      resolve(answer === undefined || crashedLate ? crashVerdict(code, signal, lastWords) : answer);
    });
    child.send(request, () => {});
  });
}

function hungVerdict(timeoutMs: number): TrialVerdict {
  return {
    ok: false,
    kind: 'hung',
    reason: `the engine did not finish one run in ${timeoutMs / 1000} s`,
    hint: 'Use a smaller model, or more threads.',
  };
}

function crashVerdict(code: number | null, signal: string | null, lastWords: string): TrialVerdict {
  const fault = signal === null ? undefined : faults[signal];
  const outside = signal === 'SIGKILL' ? 'was killed, perhaps for want of memory' : 'was stopped from outside';
  const how = signal === null ? `ended with status ${code}` : `${fault ?? outside} (${signal})`;
  const said = lastWords.trim().split('\n').at(-1) ?? '';
  return {
    ok: false,
    kind: fault === undefined ? 'stopped' : 'crashed',
    reason: `the engine ${how} in a trial run${said === '' ? '' : `: ${said.slice(0, 300)}`}`,
    hint: 'Convert the model again with a current converter; the daemon will not load it as it is.',
  };
}
