/** Connects to a loopback port of a process, also where that has a network of its own: then a helper joins its namespace. */

import { spawn } from 'node:child_process';
import { connect, Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { networkOf } from './network.js';

/** A loopback connection takes microseconds unless the listen queue is full; starting the helper takes seconds on an overloaded machine. */
const connectMs = 15_000;

/**
 * The helper: prints its local port to standard error, then copies standard input and output to and from the connection. It exits when its
 * input ends, but only after it has printed the port.
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

  /** Resolves when every connection that was being made has its port in `ports` or has failed, or after `ms`. */
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

/** Errors are emitted by the stream. Close it with `hangUp` where its local port must be known. */
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
  // Not `exit`, which can be emitted before the port has been read.
  child.on('close', () => over());
  const stream = Duplex.from({ writable: child.stdin, readable: child.stdout });
  child.on('error', error => stream.destroy(error));
  return stream;
}

/** Closes a connection, once it is established: without its local port it would look like another process's. */
export function hangUp(stream: Duplex): void {
  if (stream instanceof Socket && stream.connecting) stream.once('connect', () => stream.destroy());
  else stream.destroy();
}
