import type {FastifyInstance, onRequestAsyncHookHandler} from 'fastify';
import {isLoopback} from './loopback.ts';
import {Refusal} from './refusal.ts';
import {bearerCheck} from './token.ts';

/** Lets in whoever sends the token; without a token, whoever is on this machine and no web page. */
export function guard(server: FastifyInstance, token: string | undefined): void {
  server.addHook('onRequest', token === undefined ? localOnly() : tokenOnly(token));
}

function tokenOnly(token: string): onRequestAsyncHookHandler {
  const isRight = bearerCheck(token);
  return async (request, reply) => {
    if (isRight(request.headers.authorization)) return;
    reply.header('www-authenticate', 'Bearer');
    throw new Refusal(401, 'send the token of this server: Authorization: Bearer TOKEN');
  };
}

/**
 * A browser on this machine runs pages of strangers. They can reach the loopback, by a name of theirs that they let
 * point to it, or across origins; but the browser then tells the name, or the page's origin.
 */
function localOnly(): onRequestAsyncHookHandler {
  return async ({headers}) => {
    const {host = '', origin} = headers;
    if (isLocal(`http://${host}`) && (origin === undefined || isLocal(origin))) return;
    throw new Refusal(
      403,
      'without a token only programs on this machine are served, by the name localhost or 127.0.0.1',
    );
  };
}

function isLocal(url: string): boolean {
  if (!URL.canParse(url)) return false;
  return isLoopback(new URL(url).hostname.replace(/^\[|\]$/g, ''));
}
