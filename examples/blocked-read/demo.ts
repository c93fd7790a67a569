/**
 * The walk-through that `npm run demo` runs: starts the real processes, finds the fault with nops's own commands, changes what is
 * wrong, and shows what that did.
 *
 *   --fault no-reuse|sync-read   which fault (no-reuse)
 *   --once                       exit at the end, with 1 if a step did not find its evidence; without it all stays up until Ctrl-C
 *   --json                       end with one line of JSON
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Children } from './demo/children.js';
import { cpuFile, investigateNoReuse } from './demo/no-reuse.js';
import { nopsBin, stopCommands } from './demo/nops.js';
import { openPage } from './demo/page.js';
import { type DemoResult, table } from './demo/report.js';
import type { Measured, Story } from './demo/steps.js';
import { investigateSyncRead } from './demo/sync-read.js';

const warmUpMs = 2000;
const agent = import.meta.resolve('@nops/agent/register');
const children = new Children();
const folder = mkdtempSync(join(tmpdir(), 'nops-demo-'));

process.on('exit', () => {
  stopCommands();
  children.killAll();
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => void children.stopAll().then(() => process.exit(signal === 'SIGINT' ? 130 : 143)));
}

const options = parse();
const say = (text: string) => console.log(text);
const result = await run(options.fault);
await finish(result);

function parse(): { fault: 'no-reuse' | 'sync-read'; once: boolean; json: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        fault: { type: 'string', default: 'no-reuse' },
        once: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    });
    if (values.fault !== 'no-reuse' && values.fault !== 'sync-read')
      throw new Error(`there is no fault ${JSON.stringify(values.fault)}`);
    return { fault: values.fault, once: values.once, json: values.json };
  } catch (error) {
    console.error(
      `demo: ${(error as Error).message}\nUse: npm run demo -- [--fault no-reuse|sync-read] [--once] [--json]`,
    );
    process.exit(2);
  }
}

async function run(fault: 'no-reuse' | 'sync-read'): Promise<DemoResult> {
  const fifo = join(folder, 'report.fifo');
  execFileSync('mkfifo', ['-m', '600', fifo]);
  const upstream = await children.start('upstream');
  const writer = fault === 'sync-read' ? await children.start('writer', { env: { REPORT_FIFO: fifo } }) : undefined;
  const service = await children.start('service', {
    env: { UPSTREAM_PORT: String(upstream.ready['port']), REPORT_FIFO: fifo, NOPS_NAME: 'feed-service' },
    execArgv: ['--import', agent],
  });
  const path = fault === 'no-reuse' ? 'feed' : 'report';
  const load = await children.start('load', {
    env: { LOAD_URL: `http://127.0.0.1:${String(service.ready['port'])}/${path}` },
  });
  const story: Story = { service, load, say, steps: [], folder };
  await new Promise(resolve => setTimeout(resolve, warmUpMs));
  const { before, after } = await investigate(story, writer, fifo);
  return { schema: 'nops.demo/1', fault, pid: service.pid, steps: story.steps, before, after };
}

function investigate(
  story: Story,
  writer: Awaited<ReturnType<Children['start']>> | undefined,
  fifo: string,
): Promise<{ before: Measured; after: Measured }> {
  return writer === undefined ? investigateNoReuse(story) : investigateSyncRead(story, writer, fifo);
}

async function finish(demo: DemoResult): Promise<void> {
  const missing = demo.steps.filter(step => !step.ok).map(step => step.name);
  say(`${table(demo.before, demo.after)}\n`);
  say(missing.length === 0 ? 'Every step found its evidence.' : `No evidence found by: ${missing.join(', ')}`);
  if (!options.once) await explore(demo);
  await children.stopAll();
  if (options.json) say(JSON.stringify(demo));
  process.exitCode = missing.length === 0 ? 0 : 1;
  process.disconnect?.();
}

/** Leaves everything running, with the recorded profile on a page, until Ctrl-C. */
async function explore(demo: DemoResult): Promise<void> {
  if (demo.fault === 'no-reuse') {
    try {
      const { url, page } = await openPage(cpuFile({ folder }));
      children.add(page);
      say(`\nThe CPU profile from before the change: ${url}`);
    } catch (error) {
      say(`\n${(error as Error).message}`);
    }
  }
  say(
    `\nThe service (pid ${demo.pid}) and its load stay up. Look around: node ${nopsBin} stats ${demo.pid}. Ctrl-C ends it.`,
  );
  await new Promise(() => setInterval(() => {}, 60_000));
}
