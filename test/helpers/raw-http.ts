import {once} from 'node:events';
import {connect, type Socket} from 'node:net';

/** A connection that says what it likes. `answer` resolves with everything that came, once the server has hung up. */
export interface RawConnection {
  readonly socket: Socket;
  readonly answer: Promise<string>;
}

export async function rawConnection(port: number): Promise<RawConnection> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  let text = '';
  socket.setEncoding('latin1').on('data', chunk => {
    text += String(chunk);
  });
  socket.on('error', () => {}); // a reset ends the answer as a close does
  const answer = once(socket, 'close').then(() => text);
  return {socket, answer};
}

/** Sends exactly this, and waits until the server hangs up. */
export async function rawRequest(port: number, text: string): Promise<string> {
  const {socket, answer} = await rawConnection(port);
  socket.write(text);
  return answer;
}
