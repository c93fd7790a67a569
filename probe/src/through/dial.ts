/** Connects to a loopback port of a process, also where that has a network of its own: then a helper joins its namespace. */

import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { networkOf } from './network.js';

/** Says on standard error which local port it has, then connects its standard input and output to the other. */
const relay = `const s = require('node:net').connect(+process.argv[1], process.argv[2]);
s.on('connect', () => process.stderr.write(s.localPort + '\\n'));
s.on('error', () => process.exit(1)); process.stdin.pipe(s).pipe(process.stdout);`;

const settleEveryMs = 5;

/** Our own ends of connections, by which they are told from other processes'. */
export class OwnPorts {
  readonly ports = new Set<number>();
  #connecting = 0;

  /** Whether there may be a connection of ours whose port is not in `ports` yet. */
  get isIncomplete(): boolean {
    return this.#connecting > 0;
  }

  /** Resolves when all are known, or after `ms`. */
  async settled(ms: number): Promise<void> {
    for (const deadline = performance.now() + ms; this.isIncomplete && performance.now() < deadline; )
      await sleep(settleEveryMs);
  }

  /** To be called as one begins to connect; what is returned with its port, or without one when it failed. Only the first call counts. */
  begin(): (port?: number) => void {
    this.#connecting++;
    let isOver = false;
    return port => {
      if (isOver) return;
      isOver = true;
      this.#connecting--;
      if (port !== undefined) this.ports.add(port);
    };
  }
}

/** Errors come as the stream's. */
export function dial(pid: number, port: number, own = new OwnPorts(), host = '127.0.0.1'): Duplex {
  const over = own.begin();
  const [command, ...args] = networkOf(pid);
  if (command === undefined) {
    const socket = connect(port, host);
    return socket.on('connect', () => over(socket.localPort)).on('close', () => over());
  }
  const child = spawn(command, [...args, process.execPath, '-e', relay, String(port), host], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stderr.once('data', data => over(Number.parseInt(String(data), 10) || undefined));
  // Not `exit`, which may come before what it has said.
  child.on('close', () => over());
  const stream = Duplex.from({ writable: child.stdin, readable: child.stdout });
  child.on('error', error => stream.destroy(error));
  stream.on('close', () => child.kill());
  return stream;
}
