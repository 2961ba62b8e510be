import type {ServerResponse} from 'node:http';
import type {Socket} from 'node:net';
import type {FastifyError, FastifyInstance, FastifyReply} from 'fastify';
import {DunlinError, InputError} from '../error/errors.ts';
import {encodeError} from '../kserve/errors.ts';
import type {Log} from '../log/log.ts';
import {Refusal} from './refusal.ts';

/** Makes every answer that is no success `{"error": "…"}`, without a word of what is inside. */
export function answerErrors(server: FastifyInstance, log: Log): void {
  server.setNotFoundHandler((request, reply) => {
    return send(reply, new Refusal(404, `there is no ${request.method} ${path(request.url)}`));
  });
  server.setErrorHandler((error, request, reply) => {
    const refusal = asRefusal(error as Error | FastifyError);
    if (refusal !== undefined) return send(reply, refusal);
    log.error({method: request.method, path: path(request.url), reason: String((error as Error).stack)}, 'a bug');
    return send(reply, new Refusal(500, 'something went wrong inside; the log of the daemon says what'));
  });
}

/** What the client did wrong, or what it may be told; undefined for a fault of ours. */
export function asRefusal(error: Error | FastifyError): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (error instanceof InputError) return new Refusal(400, `${error.message}. ${error.hint}`);
  if (error instanceof DunlinError) return undefined;
  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
  return status >= 400 && status < 500 ? new Refusal(status, error.message) : undefined;
}

export function send(reply: FastifyReply, {status, message, retryAfterS}: Refusal): FastifyReply {
  if (retryAfterS !== undefined) reply.header('retry-after', retryAfterS);
  return reply.code(status).type('application/json').send(encodeError(message));
}

/** Before there is a request: broken HTTP, too long a header, too slow a client. */
export function answerBrokenHttp(error: Error & {readonly code?: string}, socket: Socket): void {
  const busy = (socket as {_httpMessage?: ServerResponse})._httpMessage?.headersSent === true;
  if (!socket.writable || busy || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, text, message] = brokenHttp[error.code ?? ''] ?? [400, 'Bad Request', 'this is no valid HTTP request'];
  const body = encodeError(message);
  const head = `HTTP/1.1 ${status} ${text}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`;
  socket.end(head + body, () => socket.destroy());
}

const brokenHttp: Readonly<Record<string, readonly [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large', 'the header of the request is too long'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'the request came too slowly'],
};

/** Without the query, which may hold secrets. */
function path(url: string): string {
  return url.split('?', 1)[0]!.slice(0, 200);
}
