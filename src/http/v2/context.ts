import type {BodyBudget} from '../body.ts';
import {Refusal} from '../refusal.ts';
import type {ServedFacts, ServedModel} from '../served-model.ts';

/** What the routes of the protocol work on. */
export interface V2Context {
  readonly version: string;
  readonly models: ReadonlyMap<string, ServedModel>;
  readonly maxBodyBytes: number;
  readonly timeoutMs: number;
  readonly budget: BodyBudget;
}

/** The part of a path that names a model. */
export interface ModelPath {
  readonly model: string;
  readonly version?: string;
}

/** A model's paths with and without a version, which may follow the name. */
export function modelPaths(tail: string): readonly string[] {
  return [`/v2/models/:model${tail}`, `/v2/models/:model/versions/:version${tail}`];
}

/** @throws {Refusal} 404: no model of that name or version */
export function findModel(context: V2Context, {model: name, version}: ModelPath): ServedModel {
  const model = context.models.get(name);
  if (model === undefined) {
    const names = [...context.models.keys()].join(', ');
    throw new Refusal(404, `there is no model "${name}"; served are: ${names === '' ? 'none' : names}`);
  }
  const served = model.facts?.version;
  if (version !== undefined && served !== undefined && version !== served) {
    throw new Refusal(404, `model "${name}" has no version "${version}"; served is ${served}`);
  }
  return model;
}

/** @throws {Refusal} 503: the model is not open */
export function factsOf(model: ServedModel): ServedFacts {
  if (model.facts !== undefined) return model.facts;
  throw new Refusal(503, `model "${model.name}" is not ready: ${model.reason}`, {retryAfterS: 1});
}
