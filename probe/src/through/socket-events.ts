/**
 * Receives an event from the kernel for every TCP socket that is closed while an inspector listens: sock_diag(7), read with ss(8). Polling the table
 * misses a connection that is opened and reset between two reads; these events do not. Needs root and ss; without them only the table is polled.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { networkOf } from './network.js';

/** stdbuf(1), because ss(8) buffers its output when it writes to a pipe. */
const command = ['stdbuf', '-oL', 'ss', '--events', '--tcp', '--numeric', '--no-header'];
/** For the first event of a socket of our own. */
const readyMs = 1000;
const probeEveryMs = 20;
/** Events arrive within milliseconds; on an overloaded machine ss(8) itself has to wait for a CPU. */
const tellMs = 5000;
const lookEveryMs = 2;
const maxLines = 100_000;
const maxLineCharacters = 1000;
/** tcpmux. Nothing listens there at any address of 127.0.0.0/8, so connecting to it opens and closes a socket. */
const nobodysPort = 1;

export class SocketEvents {
  readonly #child: ChildProcess;
  #lines: string[] = [];
  /** Addresses of our own test sockets whose events have not arrived yet. */
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

  /** undefined without root, without ss(8), or when the process is in another network namespace. */
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

  /** Discards the events until now, such as those of an earlier attach. */
  async begin(): Promise<void> {
    await this.#tells(tellMs);
    this.#lines = [];
  }

  /** The client ports of connections to `port` that were closed since `begin`. */
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

  /** Whether all events until now have arrived within `ms`. Events come in order, so it closes a socket and waits for that one. */
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

/** Local and remote address in a line such as `UNCONN 0 1 127.0.0.1:33282 127.0.0.1:1`. */
function endsOf(line: string): string[] {
  return line.trim().split(/ +/).slice(3, 5);
}
