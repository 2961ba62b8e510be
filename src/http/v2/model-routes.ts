import type {FastifyInstance} from 'fastify';
import type {ModelMetadata} from '../../kserve/metadata.ts';
import {factsOf, findModel, type ModelPath, modelPaths, type V2Context} from './context.ts';

/** What a model takes and gives, and whether it can be run now. */
export function modelRoutes(server: FastifyInstance, context: V2Context): void {
  for (const path of modelPaths('')) {
    server.get<{Params: ModelPath}>(path, ({params}): ModelMetadata => {
      const model = findModel(context, params);
      const {version, platform, inputs, outputs} = factsOf(model);
      return {name: model.name, versions: [version], platform, inputs, outputs};
    });
  }
  for (const path of modelPaths('/ready')) {
    server.get<{Params: ModelPath}>(path, ({params}) => {
      const model = findModel(context, params);
      factsOf(model);
      return {name: model.name, ready: true};
    });
  }
}
