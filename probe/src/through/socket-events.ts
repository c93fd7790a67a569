/**
 * Every TCP socket that ends while an inspector listens, as the kernel tells it: sock_diag(7), by way of ss(8). A table that is read again and
 * again misses a connection that comes and is reset between two readings; this does not. It takes root and ss; without, there is the table.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { networkOf } from './network.js';

/** Without this ss(8) keeps what it has to say until it ends. */
const command = ['stdbuf', '-oL', 'ss', '--events', '--tcp', '--numeric', '--no-header'];
/** Until it tells of a socket of ours. */
const readyMs = 1000;
const probeEveryMs = 20;
/** It tells within milliseconds; on a machine with far too much to do it waits for its turn. */
const tellMs = 5000;
const lookEveryMs = 2;
const maxLines = 100_000;
const maxLineCharacters = 1000;
/** Nothing listens there (tcpmux), at any address of 127.0.0.0/8: connecting to it makes a socket that ends. */
const nobodysPort = 1;

export class SocketEvents {
  readonly #child: ChildProcess;
  #lines: string[] = [];
  /** Addresses of sockets of ours that it has not told of yet. */
  readonly #awaited = new Set<string>();

  private constructor(child: ChildProcess) {
    this.#child = child;
    let part = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = `${part}${chunk}`.split('\n');
      part = (lines.pop() ?? '').slice(-maxLineCharacters);
      for (const line of lines) this.#take(line);
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
      if (await events.#tells(probeEveryMs)) return events;
    }
    events.stop();
    return undefined;
  }

  /** What ends from now on counts: until here connections of an earlier visit may. */
  async begin(): Promise<void> {
    await this.#tells(tellMs);
    this.#lines = [];
  }

  /** The local ports of the clients whose connections to the port have ended since then, as seen from the server's end. */
  async clientsOf(port: number): Promise<number[]> {
    await this.#tells(tellMs);
    return this.#lines.flatMap(line => {
      const [local = '', remote = ''] = endsOf(line);
      const client = Number(remote.slice(remote.lastIndexOf(':') + 1));
      return local.endsWith(`:${port}`) && Number.isInteger(client) && client > 0 ? [client] : [];
    });
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  #take(line: string): void {
    if (this.#awaited.delete(endsOf(line)[1] ?? '')) return;
    if (this.#lines.length < maxLines) this.#lines.push(line);
  }

  /** Whether it has told of all that ended until now: it tells of all in their order, so one of ours is ended last. */
  async #tells(ms: number): Promise<boolean> {
    const [one, two, three] = randomBytes(3);
    const host = `127.${one}.${two}.${three}`;
    const address = `${host}:${nobodysPort}`;
    this.#awaited.add(address);
    connect(nobodysPort, host).on('error', () => {});
    for (const deadline = performance.now() + ms; this.#awaited.has(address); ) {
      if (performance.now() > deadline) return false;
      await sleep(lookEveryMs);
    }
    return true;
  }
}

/** Local and remote, in `UNCONN 0 1 127.0.0.1:33282 127.0.0.1:1`. */
function endsOf(line: string): string[] {
  return line.trim().split(/ +/).slice(3, 5);
}
