/** The FIFO's writer. It stalls: a line a second. Told to, it writes as fast as the reader reads. Environment: REPORT_FIFO. */

import { constants, openSync, write } from 'node:fs';
import { onMessage, ready } from './lifeline.js';

const stallMs = 1000;
const line = Buffer.from(`${'report line '.repeat(6).slice(0, 63)}\n`);

// Opened for both, so that opening does not wait for the reader.
const fifo = openSync(process.env['REPORT_FIFO'] ?? '', constants.O_RDWR);
let stalled = true;
let next: NodeJS.Timeout | undefined;

onMessage(message => {
  if (message.type !== 'recover') return;
  stalled = false;
  clearTimeout(next);
  writeLine();
});

function writeLine(): void {
  write(fifo, line, error => {
    if (error !== null) process.exit(1);
    if (stalled) next = setTimeout(writeLine, stallMs);
    else writeLine();
  });
}

writeLine();
ready({});
