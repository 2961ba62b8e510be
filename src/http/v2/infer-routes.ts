import type {FastifyInstance, FastifyReply, FastifyRequest} from 'fastify';
import {headerLengthName, readHeaderLength} from '../../kserve/body.ts';
import {readBody} from '../body.ts';
import {Refusal} from '../refusal.ts';
import {factsOf, findModel, type ModelPath, modelPaths, type V2Context} from './context.ts';

/** How long the client waits for its answer; whole milliseconds. */
const timeoutHeader = 'dunlin-timeout-ms';

type InferRequest = FastifyRequest<{Params: ModelPath}>;

/** `POST …/infer`: reads the body, waits for the model's turn, sends what it answered. */
export function inferRoutes(server: FastifyInstance, context: V2Context): void {
  for (const path of modelPaths('/infer')) {
    server.post<{Params: ModelPath}>(path, (request, reply) => infer(context, request, reply));
  }
}

async function infer(context: V2Context, request: InferRequest, reply: FastifyReply): Promise<FastifyReply> {
  const model = findModel(context, request.params);
  factsOf(model);
  refuseEncodings(request);
  const patience = startPatience(request, reply, context.timeoutMs);
  try {
    const held = await readBody(request.raw, context.maxBodyBytes, context.budget);
    try {
      const headerLength = readHeaderLength(headerText(request, headerLengthName), held.bytes.byteLength);
      const answer = await model.infer({body: held.bytes, headerLength}, patience.signal);
      return await sendAnswer(reply, answer.body, answer.headerLength);
    } finally {
      held.release();
    }
  } finally {
    patience.end();
  }
}

function refuseEncodings({headers}: InferRequest): void {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() === 'identity') return;
  throw new Refusal(415, `Content-Encoding ${JSON.stringify(encoding)} is not supported; send the body as it is`);
}

/** A signal that fires when the client's or the server's time is over, or when the client has gone away. */
function startPatience(request: InferRequest, reply: FastifyReply, mostMs: number) {
  const asked = headerText(request, timeoutHeader);
  if (asked !== undefined && !/^[1-9]\d{0,9}$/.test(asked)) {
    throw new Refusal(400, `${timeoutHeader}: expected whole milliseconds from 1, got ${JSON.stringify(asked)}`);
  }
  const timeoutMs = Math.min(asked === undefined ? mostMs : Number(asked), mostMs);
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new Refusal(504, `no answer within ${timeoutMs} ms`));
  }, timeoutMs);
  // An answer that was sent closes the response too; by then nobody listens.
  const onClose = () => controller.abort(new Refusal(499, 'the client went away'));
  reply.raw.once('close', onClose);
  const end = () => {
    clearTimeout(timer);
    reply.raw.off('close', onClose);
  };
  return {signal: controller.signal, end};
}

/** One value: Node joins repeated headers of other names than its own list with commas, which no number has. */
function headerText({headers}: InferRequest, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join() : value;
}

function sendAnswer(reply: FastifyReply, body: ArrayBuffer, headerLength: number | undefined): FastifyReply {
  if (headerLength === undefined) return reply.type('application/json').send(Buffer.from(body));
  return reply.type('application/octet-stream').header(headerLengthName, headerLength).send(Buffer.from(body));
}
