/**
 * Profiles the main thread in windows that follow each other without a gap, while V8's sampler never stops:
 *
 *   window 1  |-----------|                 written when window 2 has begun
 *   window 2             |-----------|
 */

import { type InspectorNotification, Session } from 'node:inspector';
import type { PreloadSettings } from './settings.js';

/** What is lost when the process is killed, at most. */
const windowMs = 10_000;
/** Reading what the heap sampler has takes longer, the more there is. */
const windowsPerHeap = 6;
/** One allocation in so many bytes, as V8's own default is smaller and costs more. */
const heapInterval = 512 * 1024;

export interface Profiling {
  /** Writes what there is, and goes on. */
  turn(): void;
  finish(): void;
}

export function profile(
  { pid, cpu, heap, hz }: PreloadSettings,
  write: (name: string, content: unknown) => void,
): Profiling {
  const session = new Session();
  session.connect();
  const startMs = Date.now();
  let window = 0;
  let beganMs = startMs;
  const evaluate = (expression: string): void =>
    session.post('Runtime.evaluate', { expression, includeCommandLineAPI: true });
  const readHeap = (): void =>
    session.post('HeapProfiler.getSamplingProfile', (_error, answer) => {
      write('heap', { startedAtMs: startMs, endedAtMs: Date.now(), profile: answer?.profile });
    });
  if (cpu) {
    session.on('Profiler.consoleProfileFinished', ({ params }: InspectorNotification<{ profile: object }>) => {
      write(`${window}.cpu`, { startedAtMs: beganMs, intervalMicros: 1e6 / hz, profile: params.profile });
    });
    session.post('Profiler.enable');
    session.post('Profiler.setSamplingInterval', { interval: Math.round(1e6 / hz) });
    evaluate('profile("nops-run-0")');
  }
  if (heap) session.post('HeapProfiler.startSampling', { samplingInterval: heapInterval });
  const turn = (): void => {
    if (isOver) return;
    if (cpu) {
      const nextMs = Date.now();
      evaluate(`profile("nops-run-${window + 1}")`);
      evaluate(`profileEnd("nops-run-${window}")`);
      beganMs = nextMs;
    }
    window++;
    if (heap && window % windowsPerHeap === 0) readHeap();
  };
  let isOver = false;
  const stop = (): void => {
    isOver = true;
    clearInterval(timer);
    session.disconnect();
  };
  const timer = setInterval(() => {
    if (lives(pid)) turn();
    else stop();
  }, windowMs).unref();
  return {
    turn,
    finish() {
      if (isOver) return;
      if (cpu) evaluate(`profileEnd("nops-run-${window}")`);
      if (heap) readHeap();
      stop();
    },
  };
}

/** Nobody takes what is written for a nops that was killed. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
