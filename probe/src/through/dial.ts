/** Connects to a loopback port of a process, also where that has a network of its own: then a helper joins its namespace. */

import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { networkOf } from './network.js';

/** Connects its standard input and output to a port. */
const relay = `const s = require('node:net').connect(+process.argv[1], process.argv[2]);
s.on('error', () => process.exit(1)); process.stdin.pipe(s).pipe(process.stdout);`;

/** Errors come as the stream's. */
export function dial(pid: number, port: number, host = '127.0.0.1'): Duplex {
  const [command, ...args] = networkOf(pid);
  if (command === undefined) return connect(port, host);
  const child = spawn(command, [...args, process.execPath, '-e', relay, String(port), host], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const stream = Duplex.from({ writable: child.stdin, readable: child.stdout });
  child.on('error', error => stream.destroy(error));
  stream.on('close', () => child.kill());
  return stream;
}
