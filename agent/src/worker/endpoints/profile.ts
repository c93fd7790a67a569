/** `/debug/pprof/profile`: a CPU profile of the main thread. Any number of clients share one sampler. */

import { gzipSync } from 'node:zlib';
import { encodeProfile } from '@nops/core/profile/encode';
import { fromCpuProfile } from '@nops/core/profile/from-cpuprofile';
import { NopsError } from '@nops/core/protocol/errors';
import { parseWhole } from '@nops/core/protocol/parameters';
import type { CpuWindow, CpuWindows } from '@nops/probe/through/cpu-windows';
import { withDeadline } from '@nops/probe/through/inspector-channel';
import type { Handler } from '../context.js';
import { explainNoAnswer } from '../stuck.js';
import { wait } from '../wait.js';

const maxWindows = 64;
/** A cold start stops the main thread for up to 0.3 s in a large app; beyond this it is stuck. */
const startDeadlineMs = 2000;

export const profile: Handler = (asked, context) => {
  const seconds = parseWhole('seconds', asked.params.get('seconds'), { min: 1, max: 300, fallback: 30 });
  const hz = parseWhole('hz', asked.params.get('hz'), { min: 1, max: 1000, fallback: 100 });
  return context.main.withSession(async ({ cpu }) => {
    try {
      const window = await openWindow(cpu, Math.round(1e6 / hz));
      await wait(seconds * 1000, asked.signal);
      const stopped = window.stop();
      stopped.catch(() => {});
      // go tool pprof waits 1.5 times the seconds and 5 s more.
      const raw = await withDeadline(
        stopped,
        seconds * 500 + 3000,
        'the CPU profile has been taken but can’t be fetched',
      );
      const bytes = encodeProfile(
        fromCpuProfile(raw, {
          startedAtMs: window.startedAtMs,
          intervalMicros: window.intervalMicros,
          comments: comments(window, hz),
        }),
      );
      return { type: 'file', name: 'profile', bytes: gzipSync(bytes) };
    } catch (error) {
      throw explainNoAnswer(error, context);
    }
  });
};

/** A window that opens after its deadline is closed as soon as it does: nobody waits for it any more. */
async function openWindow(cpu: CpuWindows, intervalMicros: number): Promise<CpuWindow> {
  if (cpu.open >= maxWindows)
    throw new NopsError('no-answer', `${maxWindows} CPU profiles are being taken already`, 'Try again later.');
  const opening = cpu.start(intervalMicros);
  try {
    return await withDeadline(opening, startDeadlineMs, 'the CPU profiler did not start');
  } catch (error) {
    opening.then(late => late.stop()).catch(() => {});
    throw error;
  }
}

function comments(window: CpuWindow, hz: number): string[] {
  const rate = Math.round(1e6 / window.intervalMicros);
  const source =
    "V8's sampling CPU profiler on the main thread; wall time, a leaf's line is the hot one, a caller's its definition";
  return rate === hz
    ? [source]
    : [source, `sampled at ${rate} Hz instead of ${hz}: another profile was being taken at that rate`];
}
