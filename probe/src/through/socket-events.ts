/**
 * Every TCP socket that ends while an inspector listens, as the kernel tells it: sock_diag(7), by way of ss(8). A table that is read again and
 * again misses a connection that comes and is reset between two readings; this does not. It takes root and ss; without, there is the table.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { networkOf } from './network.js';

/** Without this ss(8) keeps what it has to say until it ends. */
const command = ['stdbuf', '-oL', 'ss', '--events', '--tcp', '--numeric', '--no-header'];
/** Until it tells of a socket of ours. */
const readyMs = 1000;
const probeEveryMs = 20;
/** From a socket's end to what is said of it. */
const tellMs = 30;
const maxCharacters = 8 << 20;
/** Nothing listens there (tcpmux); connecting to it makes a socket that ends. */
const nobodysPort = 1;

export class SocketEvents {
  readonly #child: ChildProcess;
  #text = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      if (this.#text.length < maxCharacters) this.#text += chunk;
    });
  }

  /** undefined where the kernel does not tell, ss(8) is not there, or the process has a network of its own. */
  static async start(pid: number): Promise<SocketEvents | undefined> {
    if (networkOf(pid).length > 0) return undefined;
    const [program = '', ...words] = command;
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'ignore'], cwd: '/' });
    let hasEnded = false;
    child.on('error', () => (hasEnded = true)).on('exit', () => (hasEnded = true));
    const events = new SocketEvents(child);
    for (const deadline = performance.now() + readyMs; !hasEnded && performance.now() < deadline; ) {
      connect(nobodysPort, '127.0.0.1').on('error', () => {});
      await sleep(probeEveryMs);
      if (events.#text !== '') return events;
    }
    events.stop();
    return undefined;
  }

  /** What is told from now on counts: until here connections of an earlier visit may end. */
  begin(): void {
    this.#text = '';
  }

  /** The local ports of the clients whose connections to the port have ended since then, as seen from the server's end. */
  async clientsOf(port: number): Promise<number[]> {
    await sleep(tellMs);
    return this.#text.split('\n').flatMap(line => {
      const [, , , local = '', remote = ''] = line.trim().split(/ +/);
      const client = Number(remote.slice(remote.lastIndexOf(':') + 1));
      return local.endsWith(`:${port}`) && Number.isInteger(client) && client > 0 ? [client] : [];
    });
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}
