/** Requests byte for byte, as an attacker sends them: clients of Node's would repair or refuse them. */

import { connect, type NetConnectOpts } from 'node:net';

export interface RawAnswer {
  /** undefined: the connection ended without an answer. */
  status: number | undefined;
  text: string;
}

/** No answer takes as long: a hang. */
const patienceMs = 20_000;

/** What comes back until the other side ends the connection. Rejects when that never happens. */
export function sendRaw(to: NetConnectOpts, bytes: string | Buffer): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(to);
    const chunks: Buffer[] = [];
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no answer to ${JSON.stringify(bytes.toString('latin1').slice(0, 200))}`));
    }, patienceMs);
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', chunk => chunks.push(chunk));
    // A reset after the answer is the other side's right.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      const text = Buffer.concat(chunks).toString('latin1');
      const last = text.split('HTTP/1.1 ').findLast(part => part !== '' && !part.startsWith('100'));
      resolve({ status: last === undefined ? undefined : Number(last.slice(0, 3)), text });
    });
  });
}

interface Parts {
  method?: string;
  headers?: string[];
  body?: string;
}

/** One request after which the connection ends. Bytes of `target` are those of Latin-1. */
export function rawRequest(target: string, { method = 'GET', headers = [], body }: Parts = {}): Buffer {
  const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const lines = [`${method} ${target} HTTP/1.1`, 'Connection: close', ...headers, ...length, '', body ?? ''];
  return Buffer.from(lines.join('\r\n'), 'latin1');
}
