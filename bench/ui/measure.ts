/**
 * One viewer with one file in Chromium: what opening it costs, and how long it takes to answer. Frames are not held back to the screen's
 * rate, so a time is work and not waiting for the next frame. All viewers are measured in the same way and in turns: from the event until
 * the main thread is done with the frame that answers it. Each gesture begins with the whole profile in view, zooms as far, and points at the
 * same boxes, on canvases of the same size. After a frame in which nothing of the page itself has changed Chromium waits for the screen after
 * all, 17 ms (that of a canvas that is `desynchronized`, as the prototype's, is such a frame): so with each act a small square moves.
 */

import { type CDPSession, chromium, type Page } from 'playwright-core';
import WebSocket from 'ws';
import type { Size, Viewer } from './viewer.js';

export interface Opening {
  /** Main thread, milliseconds. */
  cpuMs: number;
  wallMs: number;
  longestBlockMs: number;
  /** JavaScript heap and array buffers of page and workers after a collection, in megabytes. */
  megabytes: number;
}

/** `nothing` only moves the square that moves with all of them: the least that a frame costs. */
export const gestures = ['nothing', 'zoom', 'pan', 'hover', 'search'] as const;
export type Gesture = (typeof gestures)[number];

const deadlineMs = 180_000;
const debugPort = 9333;

export async function withBrowser<T>(size: Size, use: (page: Page, cdp: CDPSession) => Promise<T>): Promise<T> {
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-frame-rate-limit',
      '--disable-gpu-vsync',
      `--remote-debugging-port=${debugPort}`,
    ],
  });
  try {
    const page = await browser.newPage({ viewport: size });
    page.setDefaultTimeout(deadlineMs);
    const cdp = await page.context().newCDPSession(page);
    return await use(page, cdp);
  } finally {
    await browser.close();
  }
}

export async function open(page: Page, cdp: CDPSession, viewer: Viewer, url: string): Promise<Opening> {
  await page.addInitScript(`
    globalThis.blocks = [];
    new PerformanceObserver(list => {
      for (const { duration } of list.getEntries()) blocks.push(duration);
    }).observe({ type: 'longtask', buffered: true });
  `);
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  const before = await taskMs(cdp);
  const started = performance.now();
  await page.goto(url, { waitUntil: 'commit' });
  // Asked for from outside: the page's policy allows no code from texts.
  const late = new Promise<never>((_, reject) =>
    setTimeout(
      () => reject(new Error(`${viewer.name} has drawn nothing after ${deadlineMs / 1000} s`)),
      deadlineMs,
    ).unref(),
  );
  late.catch(() => {});
  while (!(await Promise.race([page.evaluate(viewer.ready), late])))
    await new Promise(resolve => setTimeout(resolve, 20));
  await page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))));
  const wallMs = performance.now() - started;
  const cpuMs = (await taskMs(cdp)) - before;
  const longestBlockMs = await page.evaluate(() =>
    Math.max(0, ...(globalThis as unknown as { blocks: number[] }).blocks),
  );
  return { cpuMs, wallMs, longestBlockMs, megabytes: await megabytes() };
}

async function taskMs(cdp: CDPSession): Promise<number> {
  const { metrics } = await cdp.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000;
}

export function canvasSize(page: Page, { canvas }: Viewer): Promise<Size> {
  return page.evaluate(selector => {
    const { width, height } = (document.querySelector(selector) as HTMLElement).getBoundingClientRect();
    return { width, height };
  }, canvas);
}

/** Milliseconds from each event until the frame that answers it is done; and of the main thread's processor, on average. */
export async function gesture(
  page: Page,
  cdp: CDPSession,
  { canvas, search, found, rowPx, notchPx }: Viewer,
  which: Gesture,
  times: number,
): Promise<{ taken: number[]; cpuMs: number }> {
  const before = await taskMs(cdp);
  const viewer = { canvas, search, found, rowPx, notchPx, words };
  const taken = await page.evaluate(inPage, { viewer, which, times });
  return { taken, cpuMs: ((await taskMs(cdp)) - before) / times };
}

const words = ['parse', 'render|walk', '^handle.*Token', 'Request$', 'clone(Row|User)', 'e', 'Json\\d+', 'query'];

/** Runs in the page, and so uses nothing from outside. */
async function inPage({
  viewer: { rowPx, notchPx, words, ...selectors },
  which,
  times,
}: {
  viewer: Pick<Viewer, 'canvas' | 'search' | 'found' | 'rowPx' | 'notchPx'> & { words: string[] };
  which: Gesture;
  times: number;
}): Promise<number[]> {
  const canvas = document.querySelector(selectors.canvas) as HTMLElement;
  const search = document.querySelector(selectors.search) as HTMLInputElement;
  const { left, top, width } = canvas.getBoundingClientRect();
  const frame = () =>
    new Promise<void>(resolve =>
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve();
        port2.postMessage(0);
      }),
    );
  /** In one of the eight rows below the root. */
  const at = (i: number) => ({
    clientX: left + width * (0.1 + 0.8 * ((i * 0.37) % 1)),
    clientY: top + rowPx * (1.5 + (i % 8)),
    bubbles: true,
    cancelable: true,
  });
  // What a worker answers comes later; asking for frames meanwhile would take the time that it needs.
  const changed = () =>
    new Promise<void>(resolve => {
      const observer = new MutationObserver(() => {
        observer.disconnect();
        resolve();
      });
      const element = document.querySelector(selectors.found);
      if (element !== null) observer.observe(element, { childList: true, characterData: true, subtree: true });
      setTimeout(resolve, 3000);
    });
  const type = (text: string) => {
    search.value = text;
    search.dispatchEvent(new InputEvent('input', { bubbles: true }));
  };
  const wheel = (i: number, init: WheelEventInit) =>
    canvas.dispatchEvent(new WheelEvent('wheel', { ...at(i), ...init }));
  const marker = document.createElement('div');
  marker.style.cssText = 'position: fixed; top: 0; width: 4px; height: 4px; background: red; will-change: transform';
  document.body.append(marker);
  const act: Record<string, (i: number) => void> = {
    nothing: () => {},
    // In and out again, around different places.
    zoom: i => wheel(i >> 3, { ctrlKey: true, deltaY: i % 8 < 4 ? -notchPx : notchPx }),
    pan: i => wheel(i, { deltaX: i % 6 < 3 ? 60 : -60 }),
    hover: i => {
      const init = { ...at(i), pointerType: 'mouse' };
      canvas.dispatchEvent(new PointerEvent('pointermove', init));
      canvas.dispatchEvent(new MouseEvent('mousemove', init));
    },
    search: i => type(words[i % words.length] ?? ''),
  };
  wheel(0, { ctrlKey: true, deltaY: 40 * notchPx });
  await frame();
  if (which === 'pan') for (let i = 0; i < 6; i++) wheel(0, { ctrlKey: true, deltaY: -notchPx });
  await frame();
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    const answered = which === 'search' ? changed() : undefined;
    const started = performance.now();
    act[which]?.(i);
    marker.style.transform = `translate(${i % 7}px)`;
    await answered;
    await frame();
    taken.push(performance.now() - started);
  }
  if (which === 'search') type('');
  marker.remove();
  await frame();
  return taken;
}

/** Of the page and its workers, after a collection in each. */
export async function megabytes(): Promise<number> {
  const version = (await (await fetch(`http://127.0.0.1:${debugPort}/json/version`)).json()) as {
    webSocketDebuggerUrl: string;
  };
  const socket = new WebSocket(version.webSocketDebuggerUrl, { perMessageDeflate: false });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  let nextId = 1;
  const ask = <T>(method: string, params: object = {}, sessionId?: string): Promise<T> =>
    new Promise((resolve, reject) => {
      const id = nextId++;
      const listen = (data: WebSocket.RawData) => {
        const message = JSON.parse(String(data)) as { id?: number; result?: T; error?: { message: string } };
        if (message.id !== id) return;
        socket.off('message', listen);
        if (message.result === undefined) reject(new Error(`${method}: ${message.error?.message}`));
        else resolve(message.result);
      };
      socket.on('message', listen);
      socket.send(JSON.stringify({ id, method, params, sessionId }));
    });
  try {
    const all = { filter: [{}] };
    const { targetInfos } = await ask<{ targetInfos: { targetId: string; type: string; url: string }[] }>(
      'Target.getTargets',
      all,
    );
    let bytes = 0;
    for (const { targetId } of targetInfos.filter(
      ({ type, url }) => /^(?:page|worker)$/.test(type) && url !== 'about:blank',
    )) {
      const { sessionId } = await ask<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true });
      for (let i = 0; i < 2; i++) await ask('HeapProfiler.collectGarbage', {}, sessionId);
      const usage = await ask<{ usedSize: number; backingStorageSize?: number }>('Runtime.getHeapUsage', {}, sessionId);
      bytes += usage.usedSize + (usage.backingStorageSize ?? 0);
    }
    return bytes / 1e6;
  } finally {
    socket.close();
  }
}
