import type {FastifyInstance} from 'fastify';
import type {V2Context} from './context.ts';

/** `GET /v2` and the health of the server as a whole. */
export function serverRoutes(server: FastifyInstance, {version, models}: V2Context): void {
  server.get('/v2', () => ({name: 'dunlin', version, extensions: ['binary_tensor_data']}));
  server.get('/v2/health/live', () => ({live: true}));
  server.get('/v2/health/ready', (_request, reply) => {
    const ready = [...models.values()].every(({facts}) => facts !== undefined);
    return reply.code(ready ? 200 : 503).send({ready});
  });
}
