/** Apps in the states that decide whether an inspector may be opened. Each says `ready` when it is about to be in its state. */

import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, constants, openSync, rmSync, writeSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';

/** A signal then is answered, by Node. */
export const mayOpen: Record<string, string> = {
  idle: `setInterval(() => {}, 1000); console.log('ready');`,
  busy: `console.log('ready'); for (let sum = 0; ; sum += Math.sqrt(sum)) if (sum < 0) break;`,
  regex: `console.log('ready'); /(a+)+b/.test('a'.repeat(60));`,
  atomics: `console.log('ready'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`,
  garbage: `console.log('ready'); const kept = []; setImmediate(function more() {
  for (let i = 0; i < 1e5; i++) kept[i] = { i, next: [i] }; setImmediate(more); });`,
};

/** What an app waits for, and how it is given that. */
export interface Stalled {
  /** Words to start node with, such as a shell that opens descriptor 3. */
  prefix: string[];
  code: string;
  /** The wait ends; the app says `free`. */
  release(): void;
  close(): void;
}

type MakeStalled = (folder: string) => Promise<Stalled>;

const stay = `console.log('free'); setInterval(() => {}, 1000);`;

/** A signal then would end it, or be answered by nobody. */
export const mustNotOpen: Record<string, MakeStalled> = {
  fifo: async folder => {
    const { path, ...fifo } = makeFifo(folder);
    const code = `const fs = require('node:fs'); const fd = fs.openSync(${JSON.stringify(path)}, 'r+');
console.log('ready'); fs.readSync(fd, Buffer.alloc(1)); ${stay}`;
    return { prefix: [], code, ...fifo };
  },
  tcp: async () => {
    const server = createServer();
    const accepted = new Promise<Socket>(resolve => server.once('connection', resolve));
    accepted.then(socket => socket.on('error', () => {}));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    return {
      prefix: ['bash', '-c', `exec 3<>/dev/tcp/127.0.0.1/${port}; exec "$@"`, 'bash'],
      code: `console.log('ready'); require('node:fs').readSync(3, Buffer.alloc(1)); ${stay}`,
      release: () => void accepted.then(socket => socket.write('x')),
      close: () => {
        accepted.then(socket => socket.destroy());
        server.close();
      },
    };
  },
  execSync: async folder => {
    const { path, ...fifo } = makeFifo(folder);
    const code = `console.log('ready'); require('node:child_process').execSync('head -c1 < ${path} > /dev/null'); ${stay}`;
    return { prefix: [], code, ...fifo };
  },
};

/**
 * Apps that go in and out of such a state all the time. `release` has the wait end that it is in, or the next one. Without a thread of
 * libuv's pool (which `stat` starts) the main thread is the only one that can take a signal.
 */
export const comesAndGoes: Record<string, MakeStalled> = {
  loop: folder => alternating(folder, `for (;;) { spin(); read(); }`),
  poolLoop: folder => alternating(folder, `fs.stat('/', () => { for (;;) { spin(); read(); } });`),
  turns: folder => alternating(folder, `(function turn() { read(); setTimeout(turn, Math.random() * 20); })();`),
};

async function alternating(folder: string, code: string): Promise<Stalled> {
  const { path, ...fifo } = makeFifo(folder);
  const start = `const fs = require('node:fs'); const fd = fs.openSync(${JSON.stringify(path)}, 'r+'); const one = Buffer.alloc(1);
const read = () => fs.readSync(fd, one);
const spin = () => { for (const end = performance.now() + Math.random() * 20; performance.now() < end; ); };
console.log('ready');`;
  return { prefix: [], code: `${start} ${code}`, ...fifo };
}

/** Held open by us, so that giving does not wait for a reader. */
function makeFifo(folder: string): { path: string; release(): void; close(): void } {
  const path = join(folder, `stalled-${process.pid}-${randomInt(2 ** 40)}`);
  execFileSync('mkfifo', [path]);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  return {
    path,
    release: () => void writeSync(fd, 'x'),
    close: () => {
      closeSync(fd);
      rmSync(path);
    },
  };
}

/** Milliseconds to wait for: anything up to this, so that the state is met anywhere. */
export const anyMoment = (): number => randomInt(0, 200);
