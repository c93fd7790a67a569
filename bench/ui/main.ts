/**
 * `node bench/dist/ui/main.js <inputs> [<prototype> [<rounds> [<node_modules>]]]`: opening, zooming, panning, pointing and searching in the page of `nops ui`, beside another
 * viewers, in turns in one run. `inputs` is a folder with 100k.pb, 1M.pb and 100k.cpuprofile of the generator that is described in README.md;
 * `prototype` a folder with that viewer's index.html, which reads the file that `?p=` names; `node_modules` is that of bench/peers, whose viewers only open 100k.pb, once.
 */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CDPSession, Page } from 'playwright-core';
import { median, percentile, ratios } from '../lib/statistics.js';
import { canvasSize, type Gesture, gesture, gestures, megabytes, type Opening, open, withBrowser } from './measure.js';
import { type Serving, serveFolder, serveNops, serveWritten } from './serve.js';
import { nops, prototype, reactPprof, type Size, speedscope, type Viewer } from './viewer.js';

const [inputs = '', other = ''] = process.argv.slice(2, 4).map(path => resolve(path));
const peers = process.argv[5] === undefined ? '' : resolve(process.argv[5]);
if (!existsSync(`${inputs}/1M.pb`)) throw new Error('name the folder with 100k.pb, 1M.pb and 100k.cpuprofile');
const hasOther = process.argv.length > 3;
const rounds = Number(process.argv[4] ?? 3);
const times = 80;
let canvas: Size = { width: 0, height: 0 };
const viewers = [nops, ...(hasOther ? [prototype] : [])];

for (const file of ['100k.pb', '1M.pb']) await compare(file);
await timeOrder();
if (peers !== '') for (const peer of [speedscope, reactPprof]) await openOnce(peer, '100k.pb');

interface Result {
  openings: Opening[];
  /** By gesture: milliseconds until the frame that answers, one by one; and of the main thread's processor, a mean for each round. */
  taken: Map<Gesture, number[]>;
  cpu: Map<Gesture, number[]>;
}

async function compare(file: string): Promise<void> {
  const results = new Map<Viewer, Result>();
  for (let round = 0; round < rounds; round++)
    for (const viewer of viewers) {
      const own: Result = results.get(viewer) ?? { openings: [], taken: new Map(), cpu: new Map() };
      results.set(viewer, own);
      await using(viewer, file, (page, cdp, url) => measureOnce(own, viewer, page, cdp, url));
    }
  console.log(`\n${file}, ${rounds} rounds in turns`);
  for (const [viewer, result] of results) {
    const of = (column: keyof Opening) => median(result.openings.map(each => each[column])).toFixed(1);
    console.log(
      `${viewer.name.padEnd(10)} cpu ${of('cpuMs')} ms, wall ${of('wallMs')} ms, longest block ${of('longestBlockMs')} ms, ${of('megabytes')} MB`,
    );
    for (const which of gestures) console.log(`           ${which}: ${told(result, results.get(prototype), which)}`);
  }
}

async function measureOnce(own: Result, viewer: Viewer, page: Page, cdp: CDPSession, url: string): Promise<void> {
  own.openings.push(await open(page, cdp, viewer, url));
  if (viewer === nops) canvas = await canvasSize(page, nops);
  for (const which of gestures) {
    const { taken, cpuMs } = await gesture(page, cdp, viewer, which, times);
    own.taken.set(which, [...(own.taken.get(which) ?? []), ...taken]);
    own.cpu.set(which, [...(own.cpu.get(which) ?? []), cpuMs]);
  }
}

function told(result: Result, other: Result | undefined, which: Gesture): string {
  const all = result.taken.get(which) ?? [];
  const cpu = result.cpu.get(which) ?? [];
  const text = `p50 ${median(all).toFixed(1)} ms, p95 ${percentile(all, 95).toFixed(1)} ms, processor ${median(cpu).toFixed(2)} ms`;
  if (other === undefined || other === result) return text;
  const p95 = percentile(all, 95) / percentile(other.taken.get(which) ?? [], 95);
  const ofCpu = ratios(cpu, other.cpu.get(which) ?? []);
  return `${text}; of the prototype’s p95 ${p95.toFixed(2)}×, processor ${ofCpu.median.toFixed(2)}× (${ofCpu.min.toFixed(2)} to ${ofCpu.max.toFixed(2)})`;
}

/** Others are only opened: each has gestures of its own. */
async function openOnce(peer: Viewer, file: string): Promise<void> {
  try {
    const { cpuMs, wallMs, longestBlockMs, megabytes } = await using(peer, file, (page, cdp, url) =>
      open(page, cdp, peer, url),
    );
    console.log(
      `${peer.name}, ${file}: cpu ${cpuMs.toFixed(0)} ms, wall ${wallMs.toFixed(0)} ms, longest block ${longestBlockMs.toFixed(0)} ms, ${megabytes.toFixed(1)} MB`,
    );
  } catch (error) {
    console.log(`${peer.name}, ${file}: given up: ${error instanceof Error ? error.message : error}`);
  }
}

/** What only `nops ui` has: the order of time, a range of it, and memory after many queries. */
async function timeOrder(): Promise<void> {
  await using(nops, '100k.cpuprofile', async (page, cdp, url) => {
    await open(page, cdp, nops, url);
    const ranges: number[] = [];
    for (let i = 0; i < 10; i++) ranges.push(await answered(page, `time=${20 + i}000000000-${40 + i}000000000`));
    const started = await answered(page, 'mode=time');
    const [first = 0, ...others] = ranges;
    const told = `the first ${first.toFixed(0)} ms, others ${median(others).toFixed(0)} ms, ${Math.max(...others).toFixed(0)} ms at most`;
    console.log(
      `\n100k.cpuprofile: range → flame ${told}; time order ${started.toFixed(0)} ms, ${(await megabytes()).toFixed(1)} MB`,
    );
    const query = (i: number) =>
      answered(
        page,
        `f=focus:${['parse', 'render', 'walk', 'Json', 'Row'][i % 5]}&time=${i}000000000-${i + 60}000000000`,
      );
    // What is kept of a few queries is kept of many.
    for (let i = 0; i < 5; i++) await query(i);
    await answered(page, '');
    const before = await megabytes();
    for (let i = 0; i < 50; i++) await query(i);
    await answered(page, '');
    console.log(`heap before and after 50 queries: ${before.toFixed(1)} MB, ${(await megabytes()).toFixed(1)} MB`);
  });
}

/** From a change of the view until it is drawn. Frames that are asked for meanwhile would take the time that the worker needs. */
function answered(page: Page, view: string): Promise<number> {
  return page.evaluate(async hash => {
    const main = document.querySelector('main');
    const frame = () => new Promise(requestAnimationFrame);
    const started = performance.now();
    const answered = new Promise<void>(resolve => {
      const observer = new MutationObserver(() => {
        if (main?.getAttribute('aria-busy') === 'true') return;
        observer.disconnect();
        resolve();
      });
      if (main !== null) observer.observe(main, { attributeFilter: ['aria-busy'] });
    });
    location.hash = hash;
    await answered;
    await frame();
    await frame();
    return performance.now() - started;
  }, view);
}

async function using<T>(
  viewer: Viewer,
  file: string,
  use: (page: Page, cdp: CDPSession, url: string) => Promise<T>,
): Promise<T> {
  const serving = await serve(viewer, `${inputs}/${file}`);
  try {
    return await withBrowser(viewer.window(canvas), (page, cdp) => use(page, cdp, serving.url + viewer.path(file)));
  } finally {
    serving.close();
  }
}

function serve(viewer: Viewer, path: string): Promise<Serving> {
  if (viewer === nops) return serveNops(path);
  const { writes } = viewer;
  if (writes !== undefined) return serveWritten(peers, page => writes(path, page));
  return serveFolder(viewer === speedscope ? `${peers}/speedscope/dist/release` : other, inputs);
}
