/** `nops top` on a terminal: a table that is drawn anew each second, and keys. The terminal is given back however it ends. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadStream } from 'node:tty';
import type { TopResult } from '@nops/core/protocol/top-results';
import { type Safe, safe } from '@nops/core/units/safe';
import type { Output } from '../output/output.js';
import { openScreen } from '../output/screen.js';
import { formatLive } from '../output/top-table.js';
import type { Writer } from '../output/writer.js';
import type { TopSession } from './session.js';
import { firstView, press, splitKeys, type View } from './view.js';

const intervalMs = 1000;
/** The first table comes sooner: an empty screen tells nothing. */
const firstMs = 250;
const pauseLookMs = 100;

/** Resolves when the one who looks has quit; rejects when `signal` is aborted, and with `no-target` when the process ends. */
export async function showLive(
  session: TopSession,
  { stdin, stdout }: { stdin: ReadStream; stdout: Writer },
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const quit = new AbortController();
  const stop = AbortSignal.any([signal, quit.signal]);
  const screen = openScreen(stdout);
  let view: View = firstView;
  let last: Safe<TopResult> | undefined;
  const draw = () => {
    if (last !== undefined) screen.show(formatLive(last, view, { ...output, width: stdout.columns }, stdout.rows ?? 0));
  };
  const closeKeys = openKeys(stdin, key => {
    const next = press(key, view);
    if (next === 'quit') quit.abort();
    // In raw mode the terminal does not make a signal of it; who asked for one gets what it does elsewhere.
    else if (next === 'interrupt') process.kill(process.pid, 'SIGINT');
    else if (next !== undefined) {
      view = next;
      draw();
    }
  });
  screen.onResize(draw);
  try {
    for (let ms = firstMs; ; ms = intervalMs) {
      await session.sampleFor(ms, stop);
      last = safe(session.result());
      session.turn();
      draw();
      while (view.paused) await sleep(pauseLookMs, undefined, { signal: stop });
    }
  } catch (error) {
    if (!quit.signal.aborted || signal.aborted) throw error;
  } finally {
    closeKeys();
    screen.close();
  }
}

/** Hands over each key; the function that it returns gives the terminal back its own ways. So does the end of the process. */
function openKeys(stdin: ReadStream, onKey: (key: string) => void): () => void {
  const onData = (text: string) => {
    for (const key of splitKeys(text)) onKey(key);
  };
  const close = () => {
    process.off('exit', close);
    stdin.off('data', onData);
    stdin.setRawMode(false);
    stdin.pause();
  };
  process.on('exit', close);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8').on('data', onData).resume();
  return close;
}
