// Runs test files with Node's own test runner, a process for each, prints its `spec` report, and counts what happened.

import { availableParallelism } from 'node:os';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { createCounter } from './count.mjs';
import { endLeftBehind, markProcesses } from './left-behind.mjs';

/** A test of a real incident takes half a minute; a hung one must not take the run with it. */
const testDeadlineMs = 120_000;
/** deadline.mjs ends a file at 180 s and says why; this is the net below it, for one that blocks its own event loop. */
const fileDeadlineMs = 190_000;
const runDeadlineMs = 1_800_000;

/**
 * @param {string[]} files
 * @returns {Promise<{ passed: number, failed: number, skipped: number }>}
 */
export async function runFiles(files) {
  const marker = markProcesses();
  // Other tests run processes as other users meanwhile, and nops would refuse to open an inspector beside them.
  process.env['NOPS_SHARED_HOST'] = '1';
  // Test processes start with our own options.
  process.execArgv.push('--import', new URL('./deadline.mjs', import.meta.url).href);
  // `timeout` bounds a file before Node 24, and a test from there on.
  const perTest = Number(process.versions.node.split('.')[0]) >= 24;
  const counter = createCounter(files);
  try {
    const events = run({
      files,
      // The tests mostly wait for other processes; on two cores two files at once are enough to keep both busy.
      concurrency: Math.max(2, availableParallelism() - 1),
      timeout: perTest ? testDeadlineMs : fileDeadlineMs,
      signal: AbortSignal.timeout(runDeadlineMs),
    });
    events.on('test:pass', counter.pass).on('test:fail', counter.fail);
    const report = events.compose(new spec());
    for await (const chunk of report) process.stdout.write(chunk);
  } finally {
    await endLeftBehind(marker);
  }
  return counter.counts();
}
