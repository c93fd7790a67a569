/** A progress bar on standard error for waits of known length; nothing when that is no terminal, or the wait is short. */

import type { WriteStream } from 'node:tty';

export interface Progress {
  stop(): void;
}

const shortestMs = 2000;
const redrawMs = 100;
const barWidth = 30;

export function startProgress(label: string, totalMs: number, stream: WriteStream): Progress {
  if (!stream.isTTY || totalMs < shortestMs) return { stop() {} };
  const startedMs = performance.now();
  const draw = () => stream.write(`\r${drawBar(label, performance.now() - startedMs, totalMs)}\x1b[K`);
  const timer = setInterval(draw, redrawMs);
  timer.unref();
  draw();
  return {
    stop() {
      clearInterval(timer);
      stream.write('\r\x1b[K');
    },
  };
}

/** `label [####----] 2.1/5.0 s`; past the end it says that the answer is awaited. */
function drawBar(label: string, elapsedMs: number, totalMs: number): string {
  const share = Math.min(1, elapsedMs / totalMs);
  const done = Math.floor(share * barWidth);
  const bar = `${'#'.repeat(done)}${'-'.repeat(barWidth - done)}`;
  const seconds = `${(Math.min(elapsedMs, totalMs) / 1000).toFixed(1)}/${(totalMs / 1000).toFixed(1)} s`;
  return `${label} [${bar}] ${seconds}${share === 1 ? ', waiting for the answer' : ''}`;
}
