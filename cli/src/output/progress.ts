/** A progress bar on standard error for waits of known length; nothing when that is no terminal, or the wait is short. */

import { printable } from '@nops/core/units/printable';
import { mark } from './marks.js';
import type { Writer } from './writer.js';

export interface Progress {
  /** How much is done, 0 to 1, for a wait that tells it: the bar then goes by that, no longer by time. */
  at(share: number): void;
  stop(): void;
}

const shortestMs = 2000;
const redrawMs = 100;
const barWidth = 30;

export function startProgress(what: string, totalMs: number, stream: Writer): Progress {
  const label = printable(what);
  if (!stream.isTTY || totalMs < shortestMs) return { at() {}, stop() {} };
  const startedMs = performance.now();
  let told: number | undefined;
  const draw = () => {
    const text = told === undefined ? drawBar(label, performance.now() - startedMs, totalMs) : drawShare(label, told);
    stream.write(`${mark('lineStart')}${text}${mark('clearRight')}`);
  };
  const timer = setInterval(draw, redrawMs);
  timer.unref();
  draw();
  return {
    at(share) {
      told = share;
    },
    stop() {
      clearInterval(timer);
      stream.write(`${mark('lineStart')}${mark('clearRight')}`);
    },
  };
}

/** `label [####----] 2.1/5.0 s`; past the end it says that the answer is awaited. */
function drawBar(label: string, elapsedMs: number, totalMs: number): string {
  const share = Math.min(1, elapsedMs / totalMs);
  const seconds = `${(Math.min(elapsedMs, totalMs) / 1000).toFixed(1)}/${(totalMs / 1000).toFixed(1)} s`;
  return `${label} [${bar(share)}] ${seconds}${share === 1 ? ', waiting for the answer' : ''}`;
}

function drawShare(label: string, share: number): string {
  return `${label} [${bar(Math.min(1, share))}] ${Math.floor(Math.min(1, share) * 100)} %`;
}

function bar(share: number): string {
  const done = Math.floor(share * barWidth);
  return `${'#'.repeat(done)}${'-'.repeat(barWidth - done)}`;
}
