/**
 * What `nops run` has every Node process of a command load first (`--require`): it profiles the main thread from its start, and writes what
 * it has each few seconds and at the end. The windows of a CPU profile follow each other without a gap, and V8's sampler never stops:
 *
 *   window 1  |-----------|                 written when window 2 has begun
 *   window 2             |-----------|
 *
 * It loads the agent too, so that the other commands answer. It relies on nothing but Node, and never throws into the app.
 */

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { type InspectorNotification, Session } from 'node:inspector';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';
import type { PreloadSettings } from './settings.js';

/** What is lost when the process is killed, at most. */
const windowMs = 10_000;
/** Reading what the heap sampler has takes longer, the more there is. */
const windowsPerHeap = 6;
const agentTries = 50;

const text = process.env['NOPS_RUN'];
if (isMainThread && text !== undefined) start(JSON.parse(text) as PreloadSettings);

function start(settings: PreloadSettings): void {
  try {
    setImmediate(loadAgent, settings.agent, agentTries).unref();
    if (settings.cpu || settings.heap) record(settings);
  } catch (error) {
    process.emitWarning(`nops run: not profiled: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** It asks to come again while Node loads a module. */
function loadAgent(file: string, tries: number): void {
  try {
    const attach = runInThisContext(readFileSync(file, 'utf8')) as (options: object) => { again?: boolean };
    if (attach({ anyway: true }).again === true && tries > 0) setTimeout(loadAgent, 20, file, tries - 1).unref();
  } catch {
    // The profile does not need it.
  }
}

function record({ folder, cpu, heap, hz }: PreloadSettings): void {
  const session = new Session();
  session.connect();
  const write = (name: string, content: unknown): void => {
    try {
      const path = join(folder, `${process.pid}.${name}`);
      writeFileSync(`${path}.tmp`, JSON.stringify(content), { mode: 0o600 });
      renameSync(`${path}.tmp`, path);
    } catch {
      // The disk is full, or nops has gone: the app goes on.
    }
  };
  const evaluate = (expression: string): void =>
    session.post('Runtime.evaluate', { expression, includeCommandLineAPI: true });
  write('began', {});
  let window = 0;
  let beganMs = Date.now();
  const readHeap = (): void =>
    session.post('HeapProfiler.getSamplingProfile', (_error, answer) => {
      write('heap', { startedAtMs: startMs, endedAtMs: Date.now(), profile: answer?.profile });
    });
  const startMs = beganMs;
  if (cpu) {
    session.on('Profiler.consoleProfileFinished', ({ params }: InspectorNotification<{ profile: object }>) => {
      write(`${window}.cpu`, { startedAtMs: beganMs, intervalMicros: 1e6 / hz, profile: params.profile });
    });
    session.post('Profiler.enable');
    session.post('Profiler.setSamplingInterval', { interval: Math.round(1e6 / hz) });
    evaluate('profile("nops-run-0")');
  }
  if (heap) session.post('HeapProfiler.startSampling', { samplingInterval: 512 * 1024 });
  const turn = (): void => {
    if (cpu) {
      const nextMs = Date.now();
      evaluate(`profile("nops-run-${window + 1}")`);
      evaluate(`profileEnd("nops-run-${window}")`);
      beganMs = nextMs;
    }
    window++;
    if (heap && window % windowsPerHeap === 0) readHeap();
  };
  const timer = setInterval(turn, windowMs).unref();
  let isDone = false;
  const finish = (): void => {
    if (isDone) return;
    isDone = true;
    clearInterval(timer);
    if (cpu) evaluate(`profileEnd("nops-run-${window}")`);
    if (heap) readHeap();
    session.disconnect();
    write('done', {});
  };
  process.on('exit', finish);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const end = (): void => {
      // The app listens itself: it decides when to end.
      if (process.listenerCount(signal) > 1) return;
      finish();
      process.off(signal, end);
      process.kill(process.pid, signal);
    };
    process.on(signal, end);
  }
}
