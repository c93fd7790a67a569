/**
 * `node bench/dist/ui/main.js <inputs> [<prototype> [<rounds> [<node_modules>]]]`: opening, zooming, panning, pointing and searching in the page of `nops ui`, beside another
 * viewer, in turns in one run. `inputs` is a folder with 100k.pb, 1M.pb and 100k.cpuprofile of the generator that is described in README.md;
 * `prototype` a folder with that viewer's index.html, which reads the file that `?p=` names; `node_modules` has speedscope, which is opened only.
 */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CDPSession, Page } from 'playwright-core';
import { median, percentile, ratios } from '../lib/statistics.js';
import { type Gesture, gesture, gestures, megabytes, type Opening, open, withBrowser } from './measure.js';
import { type Serving, serveFolder, serveNops } from './serve.js';
import { nops, prototype, speedscope, type Viewer } from './viewer.js';

const [inputs = '', other = ''] = process.argv.slice(2, 4).map(path => resolve(path));
const peers = process.argv[5] === undefined ? '' : resolve(process.argv[5]);
if (!existsSync(`${inputs}/1M.pb`)) throw new Error('name the folder with 100k.pb, 1M.pb and 100k.cpuprofile');
const hasOther = process.argv.length > 3;
const rounds = Number(process.argv[4] ?? 3);
const times = 40;
/** Others are only opened: each has gestures of its own. */
const viewers = [nops, ...(hasOther ? [prototype] : []), ...(peers === '' ? [] : [speedscope])];

for (const file of ['100k.pb', '1M.pb']) await compare(file);
await timeOrder();

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
    for (const which of viewer.canvas === '' ? [] : gestures)
      console.log(`           ${which}: ${told(result, results.get(prototype), which)}`);
  }
}

async function measureOnce(own: Result, viewer: Viewer, page: Page, cdp: CDPSession, url: string): Promise<void> {
  own.openings.push(await open(page, cdp, viewer, url));
  for (const which of viewer.canvas === '' ? [] : gestures) {
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

/** What only `nops ui` has: the order of time, a range of it, and memory after many queries. */
async function timeOrder(): Promise<void> {
  await using(nops, '100k.cpuprofile', async (page, cdp, url) => {
    await open(page, cdp, nops, url);
    const range = await answered(page, 'time=20000000000-40000000000');
    const started = await answered(page, 'mode=time');
    console.log(
      `\n100k.cpuprofile: range → flame ${range.toFixed(0)} ms; time order ${started.toFixed(0)} ms, ${(await megabytes()).toFixed(1)} MB`,
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

/** From a change of the view until it is drawn. */
function answered(page: Page, view: string): Promise<number> {
  return page.evaluate(async hash => {
    const main = document.querySelector('main');
    const started = performance.now();
    location.hash = hash;
    const frame = () => new Promise(requestAnimationFrame);
    do await frame();
    while (main?.getAttribute('aria-busy') === 'true');
    await frame();
    return performance.now() - started;
  }, view);
}

async function using(
  viewer: Viewer,
  file: string,
  use: (page: Page, cdp: CDPSession, url: string) => Promise<void>,
): Promise<void> {
  const serving: Serving =
    viewer === nops
      ? await serveNops(`${inputs}/${file}`)
      : await serveFolder(viewer === speedscope ? `${peers}/speedscope/dist/release` : other, inputs);
  try {
    await withBrowser((page, cdp) => use(page, cdp, serving.url + viewer.path(file)));
  } finally {
    serving.close();
  }
}
