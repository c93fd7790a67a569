/** A FIFO that nobody writes to, and an app that stops in read(2) on it. */

import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** Made for `uid` when that is given; gone with the test. */
export function makeFifo(t: TestContext, uid?: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'nops-fifo-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const fifo = join(folder, 'stalled.fifo');
  execFileSync('mkfifo', ['-m', '600', fifo]);
  if (uid !== undefined) for (const path of [folder, fifo]) chownSync(path, uid, uid);
  return fifo;
}

/** The code of an app that says `stuck <fd>` and then reads from the FIFO, synchronously; nothing else runs in it from there on. */
export function stuckReader(fifo: string): string {
  return `import fs from 'node:fs';
const fd = fs.openSync(${JSON.stringify(fifo)}, fs.constants.O_RDWR);
setInterval(() => {}, 1000);
setTimeout(() => { fs.writeSync(1, 'stuck ' + fd + '\\n'); fs.readSync(fd, Buffer.alloc(10)); }, 300);`;
}
