/** Apps in the states that decide whether an inspector may be opened. Each says `ready` when it is about to be in its state. */

import { randomInt } from 'node:crypto';

/** A signal then is answered, by Node. */
export const mayOpen: Record<string, string> = {
  idle: `setInterval(() => {}, 1000); console.log('ready');`,
  busy: `console.log('ready'); for (let sum = 0; ; sum += Math.sqrt(sum)) if (sum < 0) break;`,
  regex: `console.log('ready'); /(a+)+b/.test('a'.repeat(60));`,
  atomics: `console.log('ready'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`,
  garbage: `console.log('ready'); const kept = []; setImmediate(function more() {
  for (let i = 0; i < 1e5; i++) kept[i] = { i, next: [i] }; setImmediate(more); });`,
};

/** A signal then would end it, or be answered by nobody. The states end after some seconds, and the app says `free`. */
export const mustNotOpen: Record<string, (fifo: string) => string> = {
  fifo: fifo => `const fs = require('node:fs'); const fd = fs.openSync(${JSON.stringify(fifo)}, 'r+');
console.log('ready'); fs.readSync(fd, Buffer.alloc(1)); console.log('free'); setInterval(() => {}, 1000);`,
  execSync: fifo => `console.log('ready'); require('node:child_process').execSync('head -c1 < ${fifo} > /dev/null');
console.log('free'); setInterval(() => {}, 1000);`,
};

/** Milliseconds to wait for: anything up to this, so that the state is met anywhere. */
export const anyMoment = (): number => randomInt(0, 200);
