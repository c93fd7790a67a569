/** Connects to a loopback port of a process, also where that has a network of its own: then a helper joins its namespace. */

import { spawn } from 'node:child_process';
import { connect, Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { networkOf } from './network.js';

/** The kernel connects within microseconds on loopback, unless a queue is full; a helper takes seconds on a machine with far too much to do. */
const connectMs = 15_000;

/**
 * Says on standard error which local port it has, and connects its standard input and output to the other. It ends with its input, but not
 * before it has said its port.
 */
const relay = `const s = require('node:net').connect(+process.argv[1], process.argv[2]);
let isOver = false, isSaid = false;
const end = () => { isOver = true; if (isSaid) process.exit(); };
s.on('connect', () => { require('node:fs').writeSync(2, s.localPort + '\\n'); isSaid = true; if (isOver) process.exit(); });
s.on('error', () => process.exit(1)).on('close', () => process.exit()).pipe(process.stdout).on('error', end);
process.stdin.on('end', end).on('error', end).pipe(s);
setTimeout(() => isSaid || process.exit(1), ${connectMs}).unref();`;

/** Our own ends of connections, by which they are told from other processes'. */
export class OwnPorts {
  readonly ports = new Set<number>();
  readonly #connecting = new Set<Promise<void>>();

  /** Resolves when all are known that had begun to connect, or after `ms`. */
  async settled(ms = connectMs): Promise<void> {
    if (this.#connecting.size === 0) return;
    const timeout = new AbortController();
    await Promise.race([
      Promise.all(this.#connecting),
      sleep(ms, undefined, { signal: timeout.signal }).catch(() => {}),
    ]);
    timeout.abort();
  }

  /** To be called as one begins to connect; what is returned with its port, or without one when it failed. Only the first call counts. */
  begin(): (port?: number) => void {
    let end = () => {};
    const connecting = new Promise<void>(resolve => {
      end = resolve;
    });
    this.#connecting.add(connecting);
    return port => {
      if (!this.#connecting.delete(connecting)) return;
      if (port !== undefined) this.ports.add(port);
      end();
    };
  }
}

/** Errors come as the stream's. To be ended by `hangUp`, where its port must be known. */
export function dial(pid: number, port: number, own = new OwnPorts(), host = '127.0.0.1'): Duplex {
  const over = own.begin();
  const [command, ...args] = networkOf(pid);
  if (command === undefined) {
    const socket = connect(port, host);
    return socket.on('connect', () => over(socket.localPort)).on('close', () => over());
  }
  const child = spawn(command, [...args, process.execPath, '-e', relay, String(port), host], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
    cwd: '/',
  });
  child.stderr.once('data', data => over(Number.parseInt(String(data), 10) || undefined));
  // Not `exit`, which may come before what it has said.
  child.on('close', () => over());
  const stream = Duplex.from({ writable: child.stdin, readable: child.stdout });
  child.on('error', error => stream.destroy(error));
  return stream;
}

/** Ends a connection. One that is about to connect does so first: its port would be taken for another process's otherwise. */
export function hangUp(stream: Duplex): void {
  if (stream instanceof Socket && stream.connecting) stream.once('connect', () => stream.destroy());
  else stream.destroy();
}
