import type {Keeper} from '../engine/keeper.ts';
import type {Opened, Placement} from '../engine/place.ts';
import {ModelUnsupportedError} from '../error/errors.ts';
import {createIds} from '../event/ids.ts';
import {eventOptionsSchema} from '../event/options.ts';
import {createRules, type Rules} from '../event/rules.ts';
import {lowestThreshold} from '../event/thresholds.ts';
import type {Log} from '../log/log.ts';
import type {Model} from '../model/model.ts';
import {loadVariants} from '../model/variants.ts';
import type {DeviceHosts} from '../native/host/contract.ts';
import {LatencyWindow, roundMs} from '../pipeline/latency.ts';
import {type FrameReport, type PipelineParts, runPipeline} from '../pipeline/pipeline.ts';
import {RateMeter} from '../pipeline/rate.ts';
import type {PipelineState, PipelineStatus, ResultMessage} from '../sink/contract.ts';
import {encodeResult} from '../sink/mqtt/encode.ts';
import type {Source} from '../source/contract.ts';
import {openSource} from '../source/open.ts';
import {redactUrl} from '../source/redact.ts';
import {createDecoder, type Decoder} from '../task/table.ts';
import {keepModel} from './keep-model.ts';
import type {PipelineSpec, WorkerMessage} from './protocol.ts';
import {SnapshotTaker} from './snapshot-taker.ts';
import {workerLog} from './worker-log.ts';

const stateEveryMs = 5000;

/** Assembles one pipeline from its spec, runs it, and reports results, events and state to the main thread. */
export class PipelineHost {
  private readonly latency = new LatencyWindow();
  private readonly rate = new RateMeter();
  private readonly log: Log;
  private model: Model | undefined;
  private keeper: Keeper | undefined;
  private source: Source | undefined;
  private processed = 0;
  private late = 0;
  private bad = 0;
  private lastResultNs = 0n;
  private published = '';
  private lastSequence = 0;
  private readonly counts = new Map<string, number>();
  private readonly spec: PipelineSpec;
  private readonly hosts: DeviceHosts;
  private readonly post: (message: WorkerMessage, transfer?: ArrayBuffer[]) => void;

  constructor(
    spec: PipelineSpec,
    hosts: DeviceHosts,
    post: (message: WorkerMessage, transfer?: ArrayBuffer[]) => void,
  ) {
    this.spec = spec;
    this.hosts = hosts;
    this.post = post;
    this.log = workerLog(post, {pipeline: spec.name});
  }

  /** Until the signal aborts or a file source ends. Rejects with the first failure; everything is closed either way. */
  async run(signal: AbortSignal): Promise<void> {
    const {spec} = this;
    this.postState('starting');
    const models = await loadVariants(spec.model.path, {
      ...(spec.model.manifestPath === undefined ? {} : {manifestPath: spec.model.manifestPath}),
      ...(spec.model.labelsPath === undefined ? {} : {labelsPath: spec.model.labelsPath}),
    });
    const model = models.primary;
    this.model = model;
    if (model.image === undefined) {
      throw new ModelUnsupportedError(`${model.path}: takes no picture`, 'Use a model whose input is an image.');
    }
    const {hosts, log} = this;
    const keeper = await keepModel(models, spec, {hosts, log, changed: () => this.postState()}, signal);
    this.keeper = keeper;
    const ticker = setInterval(() => {
      this.postState();
      this.post({kind: 'usage', usage: keeper.usage});
    }, stateEveryMs);
    try {
      const ruleOptions = eventOptionsSchema.parse(spec.rules);
      const rules = createRules(spec.name, ruleOptions, createIds(Math.random));
      const source = await openSource(spec.source.uri, spec.source.options, {
        log: this.log,
        profileHwaccel: spec.profile.hwaccel,
        ownThread: model.format === 'onnx', // onnxruntime computes on this thread; a live source must go on reading
      });
      this.source = source;
      source.onHealth(() => this.postState());
      this.postReady();
      this.post({kind: 'usage', usage: keeper.usage});
      const {delegate, session} = keeper.placement;
      this.log.info({source: source.name, model: model.name, delegate, engine: session.engine}, 'pipeline running');
      await this.loop({source, keeper, decode: this.decoders(ruleOptions), rules}, signal);
      this.postEvents(rules);
      this.postState('stopped');
    } finally {
      clearInterval(ticker);
      await keeper.close();
    }
  }

  /** One decoder per file: variants quantize differently. */
  private decoders(rules: Parameters<typeof lowestThreshold>[0]): PipelineParts['decode'] {
    const {scoreThreshold} = this.spec;
    const reachDownTo = lowestThreshold(rules);
    const decoders = new Map<Model, Decoder>();
    return (model, outputs, geometry) => {
      let decode = decoders.get(model);
      if (decode === undefined) {
        decode = createDecoder(model, {
          ...(scoreThreshold === undefined ? {} : {scoreThreshold}),
          ...(reachDownTo === undefined ? {} : {reachDownTo}),
        });
        decoders.set(model, decode);
      }
      return decode(outputs, geometry);
    };
  }

  private loop(
    parts: {source: Source; keeper: Keeper; decode: PipelineParts['decode']; rules: Rules},
    signal: AbortSignal,
  ): Promise<void> {
    const {spec} = this;
    const snapshots = spec.snapshots === undefined ? undefined : new SnapshotTaker(spec.snapshots, this.post, this.log);
    return runPipeline(
      {
        source: parts.source,
        run: (frame, region) => parts.keeper.run(frame, region),
        decode: parts.decode,
        rules: parts.rules,
        ...(spec.region === undefined ? {} : {region: spec.region}),
        ...(spec.maxAgeMs === undefined ? {} : {maxAgeMs: spec.maxAgeMs}),
        ...(spec.maxFps === undefined ? {} : {minIntervalMs: 1000 / spec.maxFps}),
        report: report => {
          this.onFrame(report);
          snapshots?.offer(report);
        },
        late: (_frame, ageMs) => {
          this.late++;
          if (this.late === 1)
            this.log.warn({ageMs, maxAgeMs: spec.maxAgeMs}, 'a result came too late and was dropped');
        },
        bad: (frame, error) => {
          this.bad++;
          if (this.bad === 1) this.log.warn({frame: frame.sequence, reason: error.message}, 'a frame gave no result');
        },
      },
      signal,
    );
  }

  private onFrame(report: FrameReport): void {
    const {frame, events} = report;
    this.processed++;
    this.lastSequence = frame.sequence;
    const counts = this.changedCounts(report.counts);
    this.latency.add(report.ageMs);
    this.rate.mark(frame.capturedAtNs);
    const result = this.dueResult(report);
    if (result !== undefined) this.post(encodeResult(result));
    if (events.length > 0 || counts.size > 0) this.post({kind: 'frame', events, counts});
    if (this.processed === 1) this.postState();
  }

  /** Counts that differ from those posted last. */
  private changedCounts(counts: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
    const changed = new Map([...counts].filter(([label, count]) => this.counts.get(label) !== count));
    for (const [label, count] of changed) this.counts.set(label, count);
    return changed;
  }

  private dueResult(report: FrameReport): ResultMessage | undefined {
    const {resultsEveryMs} = this.spec;
    if (resultsEveryMs === undefined) return undefined;
    const {capturedAtNs} = report.frame;
    if (this.lastResultNs !== 0n && Number(capturedAtNs - this.lastResultNs) / 1e6 < resultsEveryMs) return undefined;
    this.lastResultNs = capturedAtNs;
    return this.toMessage(report);
  }

  private toMessage({frame, result, opened, ageMs, timing}: FrameReport): ResultMessage {
    const {name, version} = opened.model;
    return {
      v: 1,
      pipeline: this.spec.name,
      frame: frame.sequence,
      at: new Date(frame.wallClockMs).toISOString(),
      ageMs: roundMs(ageMs),
      width: frame.width,
      height: frame.height,
      model: {name, version},
      delegate: toInfo(opened),
      result,
      timing,
    };
  }

  private postReady(): void {
    const {name, version, sha256, format, manifest} = this.model!;
    const {why, ...opened} = this.keeper!.placement;
    this.post({
      kind: 'ready',
      facts: {
        source: this.source!.name,
        model: {name, version, sha256, format, task: manifest.task, family: manifest.family},
        delegate: {...toInfo(opened), why},
      },
    });
  }

  private postEvents(rules: Rules): void {
    const now = {sequence: this.lastSequence, capturedAtNs: process.hrtime.bigint(), wallClockMs: Date.now()};
    const events = rules.finish(now);
    const counts = new Map([...this.counts.keys()].map(label => [label, 0]));
    if (events.length > 0 || counts.size > 0) this.post({kind: 'frame', events, counts});
  }

  /** Status follows source and delegate unless one is named; unchanged states are not sent again. */
  private postState(status?: PipelineStatus): void {
    const {keeper} = this;
    const placement = keeper?.placement;
    const latencyMs = this.latency.quantiles();
    const {current, reason} = this.judge();
    const state: PipelineState = {
      v: 1,
      pipeline: this.spec.name,
      status: status ?? current,
      ...(reason === undefined ? {} : {reason}),
      source: this.source?.name ?? redactUrl(this.spec.source.uri),
      model: this.model?.name ?? this.spec.model.path,
      ...(placement === undefined ? {} : {delegate: toDelegateState(placement)}),
      ...(keeper?.failover === undefined ? {} : {failover: keeper.failover}),
      fps: Math.round(this.rate.perSecond() * 10) / 10,
      ...(latencyMs === undefined
        ? {}
        : {latencyMs: {p50: roundMs(latencyMs.p50), p95: roundMs(latencyMs.p95), p99: roundMs(latencyMs.p99)}}),
      frames: this.frameCounts(),
    };
    const text = JSON.stringify(state);
    if (text === this.published) return;
    this.published = text;
    this.post({kind: 'state', state});
  }

  /** The status as it is now, and why. */
  private judge(): {readonly current: PipelineStatus; readonly reason?: string} {
    const health = this.source?.health;
    const stranded = this.keeper?.stranded;
    if (stranded !== undefined) return {current: 'stalled', reason: stranded};
    if (health?.status === 'stalled' || health?.status === 'restarting') {
      return {current: 'stalled', ...(health.reason === undefined ? {} : {reason: health.reason})};
    }
    const placement = this.keeper?.placement;
    const fallback = placement !== undefined && placement.rejected.length > 0;
    const begun = this.processed > 0 || health?.status === 'ok';
    if (!begun) return {current: 'starting', ...(fallback ? {reason: placement.why} : {})};
    return fallback ? {current: 'degraded', reason: placement.why} : {current: 'running'};
  }

  private frameCounts(): PipelineState['frames'] {
    const {captured = 0, dropped = 0, bad = 0, restarts = 0} = this.source?.counters ?? {};
    return {captured, dropped, bad: bad + this.bad, processed: this.processed, late: this.late, restarts};
  }
}

function toInfo({delegate, session, device}: Opened) {
  return {id: delegate, engine: session.engine, device: device.id};
}

function toDelegateState(placement: Placement): NonNullable<PipelineState['delegate']> {
  const {why, rejected} = placement;
  return {...toInfo(placement), why, ...(rejected.length === 0 ? {} : {rejected})};
}
