// Runs test files with Node's own test runner, a process for each, prints its `spec` report, and counts what happened.

import { availableParallelism } from 'node:os';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { createCounter } from './count.mjs';
import { endLeftBehind, markProcesses } from './left-behind.mjs';

/** A test of a real incident takes half a minute; a hung one must not take the run with it. */
const testDeadlineMs = 120_000;
/** deadline.mjs ends a file at 180 s and says why; this is the net below it, for one that blocks its own event loop. */
const fileDeadlineMs = 190_000;
/** The runner's own summary of a file. */
const summaryLine = /^(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

/**
 * @param {string[]} files in the order in which they start
 * @param {{ lastStartMs?: number }} [options] no file starts later than so long from now
 * @returns {Promise<{ passed: number, failed: number, skipped: number, leftOut: string[] }>} `leftOut`: the files that did not start
 */
export async function runFiles(files, { lastStartMs = Number.POSITIVE_INFINITY } = {}) {
  const lastStart = performance.now() + lastStartMs;
  const marker = markProcesses();
  // Other tests run processes as other users meanwhile, and nops would refuse to open an inspector beside them.
  process.env['NOPS_SHARED_HOST'] = '1';
  // Test processes start with our own options.
  process.execArgv.push('--import', new URL('./deadline.mjs', import.meta.url).href);
  const counter = createCounter(files);
  const waiting = [...files];
  const report = new spec();
  report.pipe(process.stdout, { end: false });
  const runNext = async () => {
    while (performance.now() < lastStart) {
      const file = waiting.shift();
      if (file === undefined) return;
      // Whole, since two files run at once.
      for (const event of await runFile(file)) {
        if (event.type === 'test:pass') counter.pass(event.data);
        if (event.type === 'test:fail') counter.fail(event.data);
        report.write(event);
      }
    }
  };
  try {
    // The tests mostly wait for other processes; on two cores two files at once are enough to keep both busy.
    await Promise.all(Array.from({ length: Math.max(2, availableParallelism() - 1) }, runNext));
    report.end();
    await finished(report);
  } finally {
    await endLeftBehind(marker);
  }
  return { ...counter.counts(), leftOut: waiting };
}

/** What the runner says of a file, below a line with its name and how long it took. @param {string} file */
async function runFile(file) {
  const started = performance.now();
  // `timeout` bounds a file before Node 24, and a test from there on.
  const perTest = Number(process.versions.node.split('.')[0]) >= 24;
  const events = [];
  for await (const event of run({ files: [file], timeout: perTest ? testDeadlineMs : fileDeadlineMs })) {
    const isSummary =
      event.type === 'test:summary' || (event.type === 'test:diagnostic' && summaryLine.test(event.data.message));
    if (!isSummary) events.push(event);
  }
  const name = path.basename(path.dirname(file)) + path.sep + path.basename(file);
  const message = `\n${name}, ${((performance.now() - started) / 1000).toFixed(1)} s\n`;
  return [{ type: 'test:stdout', data: { file, message } }, ...events];
}
