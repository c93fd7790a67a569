/** Chromium's own DevTools read the file: its trace engine parses it, with the main thread's callbacks and the CPU samples. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { executablePath, skip } from '../ui/browser.js';
import { startTraced } from './service.js';

interface Parsed {
  threads: { name: string; entries: number }[];
  samples: number;
}

/** Of DevTools' bundled modules. Their paths are its own; Chromium 156 has them so. */
const engine = 'devtools://devtools/bundled/models/trace/trace.js';

test('DevTools parse a trace', { skip }, async t => {
  const target = await startTraced(t);
  const { body } = await target.ask('/debug/pprof/trace?seconds=2');
  const file = JSON.parse(gunzipSync(body).toString()) as { traceEvents: object[] };
  const browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
  t.after(() => browser.close());
  const page = await browser.newPage();
  await page.goto('devtools://devtools/bundled/devtools_app.html');
  // As text: TypeScript knows none of what is in there.
  const parsed = (await page.evaluate(`(async events => {
    const { TraceModel } = await import('${engine}');
    const model = TraceModel.Model.createWithAllHandlers();
    await model.parse(events, {});
    const { data } = model.parsedTrace(0);
    const threads = [...data.Renderer.processes.values()].flatMap(of => [...of.threads.values()]);
    const profiles = [...data.Samples.profilesInProcess.values()].flatMap(of => [...of.values()]);
    return {
      threads: threads.map(thread => ({ name: thread.name, entries: thread.entries.length })),
      samples: profiles.reduce((sum, { parsedProfile }) => sum + parsedProfile.samples.length, 0),
    };
  })(${JSON.stringify(file.traceEvents)})`)) as Parsed;
  const entries = (name: string) => parsed.threads.find(thread => thread.name === name)?.entries ?? 0;
  const callbacks = (file.traceEvents as { ph: string; cat?: string }[]).filter(event => event.cat === 'nops.callback');
  assert.ok(callbacks.length > 50);
  assert.ok(entries('main thread') >= callbacks.length, JSON.stringify(parsed));
  assert.ok(entries('garbage collection') >= 0 && parsed.samples > 50, JSON.stringify(parsed));
});
