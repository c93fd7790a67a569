/**
 * `node bench/dist/ui/main.js <inputs> [<prototype> [rounds]]`: opening, zooming, panning, pointing and searching in the page of `nops ui`, beside another
 * viewer, in turns in one run. `inputs` is a folder with 100k.pb, 1M.pb and 100k.cpuprofile of the generator that is described in README.md;
 * `prototype` a folder with that viewer's index.html, which reads the file that `?p=` names.
 */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CDPSession, Page } from 'playwright-core';
import { median, percentile } from '../lib/statistics.js';
import { gesture, gestures, megabytes, type Opening, open, withBrowser } from './measure.js';
import { type Serving, serveFolder, serveNops } from './serve.js';
import { nops, prototype, type Viewer } from './viewer.js';

const [inputs = '', other = ''] = process.argv.slice(2).map(path => resolve(path));
if (!existsSync(`${inputs}/1M.pb`)) throw new Error('name the folder with 100k.pb, 1M.pb and 100k.cpuprofile');
const hasOther = process.argv.length > 3;
const rounds = Number(process.argv[4] ?? 3);
const times = 40;

for (const file of ['100k.pb', '1M.pb']) await compare(file);
await timeOrder();

async function compare(file: string): Promise<void> {
  const results = new Map<Viewer, { openings: Opening[]; taken: Map<string, number[]> }>();
  for (let round = 0; round < rounds; round++) {
    for (const viewer of hasOther ? [nops, prototype] : [nops]) {
      const own = results.get(viewer) ?? { openings: [], taken: new Map<string, number[]>() };
      results.set(viewer, own);
      await using(viewer, file, async (page, cdp, url) => {
        own.openings.push(await open(page, cdp, viewer, url));
        for (const which of gestures)
          own.taken.set(which, [...(own.taken.get(which) ?? []), ...(await gesture(page, viewer, which, times))]);
      });
    }
  }
  console.log(`\n${file}, ${rounds} rounds in turns`);
  for (const [viewer, { openings, taken }] of results) {
    const of = (column: keyof Opening) =>
      median(openings.map(each => each[column])).toFixed(column === 'wallMs' ? 0 : 1);
    console.log(
      `${viewer.name.padEnd(10)} cpu ${of('cpuMs')} ms, wall ${of('wallMs')} ms, longest block ${of('longestBlockMs')} ms, ${of('megabytes')} MB`,
    );
    for (const which of gestures) {
      const all = taken.get(which) ?? [];
      const theirs = results.get(prototype)?.taken.get(which);
      const ratio =
        theirs === undefined
          ? ''
          : `, p95 ${(percentile(all, 95) / percentile(theirs, 95)).toFixed(2)}× the prototype’s`;
      console.log(
        `           ${which}: p50 ${median(all).toFixed(1)} ms, p95 ${percentile(all, 95).toFixed(1)} ms${ratio}`,
      );
    }
  }
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
  const serving: Serving = viewer === nops ? await serveNops(`${inputs}/${file}`) : await serveFolder(other, inputs);
  try {
    await withBrowser((page, cdp) => use(page, cdp, serving.url + viewer.path(file)));
  } finally {
    serving.close();
  }
}
