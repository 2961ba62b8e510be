import {join} from 'node:path';
import {toDelegateSettings} from '../config/delegates.ts';
import {isModelName} from '../config/paths.ts';
import type {PipelineOptions} from '../config/pipeline.ts';
import type {Config} from '../config/schema.ts';
import {ConfigError} from '../error/errors.ts';
import type {SourceOptionsInput} from '../source/options.ts';
import type {BoardProfile} from './profile.ts';
import type {PipelineSpec} from './protocol.ts';
import {shippedModels} from './shipped-models.ts';

/**
 * The enabled pipelines as plain data for their workers.
 *
 * @throws {ConfigError} a model name that Dunlin does not ship
 */
export function toSpecs(config: Config, profile: BoardProfile): PipelineSpec[] {
  return Object.entries(config.pipelines)
    .filter(([, pipeline]) => pipeline.enabled)
    .map(([name, pipeline]) => toSpec(name, pipeline, config, profile));
}

function toSpec(name: string, pipeline: PipelineOptions, config: Config, profile: BoardProfile): PipelineSpec {
  const {source, model, rules, threshold, region, maxAgeMs, maxFps, snapshots, share, runTimeoutMs} = pipeline;
  const {uri, ...sourceOptions} = source;
  return {
    name,
    source: {uri, options: sourceOptions as SourceOptionsInput},
    profile,
    model: modelFiles(model, `pipelines.${name}.model`),
    delegates: delegateOrder(pipeline),
    delegateSettings: toDelegateSettings(config),
    failover: config.failover,
    share,
    ...(runTimeoutMs === undefined ? {} : {runTimeoutMs}),
    threads: pipeline.threads ?? config.runtime.threads ?? profile.threads,
    xnnpack: true,
    rules,
    ...(threshold === undefined ? {} : {scoreThreshold: threshold}),
    ...(region === undefined ? {} : {region}),
    ...(maxAgeMs === undefined ? {} : {maxAgeMs}),
    ...(maxFps === undefined ? {} : {maxFps}),
    ...resultsEvery(pipeline),
    ...(snapshots === undefined ? {} : {snapshots}),
  };
}

/** A `delegates` key as the places to try. */
export function delegateOrder({delegates}: Pick<PipelineOptions, 'delegates'>): string[] {
  if (delegates === 'auto') return ['auto'];
  return delegates.map(({id, device}) => (device === undefined ? id : `${id}:${device}`));
}

function resultsEvery({results}: PipelineOptions): {readonly resultsEveryMs?: number} {
  if (results === 'none') return {};
  return {resultsEveryMs: results === 'all' ? 0 : results.everyMs};
}

/**
 * A `model` key as files.
 *
 * @param key where it stands in the configuration, for messages
 * @throws {ConfigError} a model name that Dunlin does not ship
 */
export function modelFiles({path, manifest, labels}: PipelineOptions['model'], key: string): PipelineSpec['model'] {
  return {
    path: modelPath(path, key),
    ...(manifest === undefined ? {} : {manifestPath: manifest}),
    ...(labels === undefined ? {} : {labelsPath: labels}),
  };
}

/** A path as it is, or the folder of a shipped model. */
function modelPath(path: string, key: string): string {
  if (!isModelName(path)) return path;
  const shipped = shippedModels().get(path);
  if (shipped !== undefined) return join(shipped);
  throw new ConfigError(
    `${key}: there is no shipped model called "${path}"`,
    `Use one of ${[...shippedModels().keys()].join(', ')}, or a path (./${path}).`,
  );
}
