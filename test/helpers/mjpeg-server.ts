import {once} from 'node:events';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {ExecutionContext} from 'ava';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** An HTTP camera for one test: `handler` answers; the address has no trailing slash. */
export async function startHttpCamera(t: ExecutionContext, handler: Handler): Promise<string> {
  const server = createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** One part of a multipart stream, as most cameras write it. */
export function part(jpeg: Uint8Array, boundary = 'frame'): Buffer {
  const header = `--${boundary}\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(header), jpeg, Buffer.from('\r\n')]);
}

/** Answers with a multipart stream of `parts`, and leaves it open. */
export function sendMultipart(response: ServerResponse, parts: readonly Uint8Array[], boundary = 'frame'): void {
  response.writeHead(200, {'Content-Type': `multipart/x-mixed-replace; boundary=${boundary}`});
  for (const bytes of parts) response.write(bytes);
}
