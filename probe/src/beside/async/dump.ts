/**
 * The suspended async functions of a process, read from its memory while it runs: nothing in it is asked, paused or written. The heap is
 * read twice, a moment apart, so that what is stuck is told from what is passing through.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { NopsError } from '@nops/core/protocol/errors';
import { readMappings } from '../mappings.js';
import { Scanner } from '../scan/scanner.js';
import type { Memory } from '../target-memory.js';
import type { Layout } from '../v8/layout.js';
import { type Chains, findChains } from './chains.js';
import { type Collected, collect, readSuspended } from './collect.js';
import { buildGraph, type Graph, type Waiter } from './graph.js';
import { findMaps } from './maps.js';
import { Objects } from './objects.js';
import { findHeapPages, type HeapPage } from './pages.js';
import { Places } from './places.js';
import { calibrateReactions } from './reactions.js';
import { Shapes } from './shapes.js';
import { Look } from './stuck.js';

export interface DumpOptions {
  /** Between the end of the first look and the begin of the second; 0: one look, and nothing is said about what is stuck. */
  betweenMs: number;
  signal: AbortSignal;
  /** Isolates of which nothing is told: that of a thread of ours in the process. */
  leaveOut?: readonly number[];
}

export interface AsyncDump {
  objects: Objects;
  shapes: Shapes;
  scanner: Scanner;
  pages: HeapPage[];
  graph: Graph;
  chains: Chains;
  places: Places;
  stuck: Set<Waiter>;
  /** For at least how long the stuck ones have not gone on. */
  stuckMs: number;
  heapBytes: number;
  limits: string[];
}

/** How often the second look is taken again when the collector moved things meanwhile. */
const maxLooks = 3;
const maxTries = 3;
/** v8::internal::Heap is a part of its Isolate, within so many bytes (execution/isolate.h). */
const isolateBytes = 1 << 18;

interface OneLook {
  pages: HeapPage[];
  graph: Graph;
  limits: string[];
}

/** Throws `impossible` with the check that failed when this heap is not laid out as any that is known. */
export async function dumpAsync(memory: Memory, layout: Layout, options: DumpOptions): Promise<AsyncDump> {
  const objects = new Objects(memory, layout);
  const scanner = new Scanner();
  let before: Look | undefined;
  if (options.betweenMs > 0) {
    before = new Look(look(objects, scanner, options.leaveOut).graph.waiters);
    await sleep(options.betweenMs, undefined, { signal: options.signal });
  }
  let last = lookAgain(objects, scanner, options, before);
  const stuckMs = before === undefined ? 0 : last.beganMs - before.endedMs;
  for (let looks = 1; looks < maxLooks && countLost(last, before, objects) > 0; looks++) {
    options.signal.throwIfAborted();
    const next = lookAgain(objects, scanner, options, before);
    if (countLost(next, before, objects) < countLost(last, before, objects)) last = next;
  }
  const { shapes, places } = last;
  places.check();
  const chains = findChains(last.graph);
  return {
    objects,
    shapes,
    scanner,
    pages: last.pages,
    graph: last.graph,
    chains,
    places,
    stuck: new Set(last.graph.waiters.filter(waiter => before?.has(waiter, objects))),
    stuckMs,
    heapBytes: last.pages.reduce((sum, { start, end }) => sum + end - start, 0),
    limits: [...last.limits, ...chains.limits],
  };
}

function lookAgain(objects: Objects, scanner: Scanner, { leaveOut }: DumpOptions, before: Look | undefined) {
  const beganMs = performance.now();
  const found = look(objects, scanner, leaveOut, before);
  // At once: functions may have moved by the time that another look has been taken.
  const shapes = new Shapes(objects);
  const places = new Places(objects, shapes);
  for (const waiter of found.graph.waiters) places.of(waiter.suspended);
  return { beganMs, shapes, places, ...found };
}

/** A check that fails may have met things amid a change: it is believed when it fails again. */
function look(objects: Objects, scanner: Scanner, leaveOut: readonly number[] = [], before?: Look): OneLook {
  for (let tries = 1; ; tries++) {
    try {
      return lookOnce(objects, scanner, leaveOut, before);
    } catch (error) {
      if (tries === maxTries || !(error instanceof NopsError) || error.code !== 'impossible') throw error;
    }
  }
}

function lookOnce(objects: Objects, scanner: Scanner, leaveOut: readonly number[], before: Look | undefined): OneLook {
  objects.forget();
  const { memory } = objects.memory;
  const pages = findHeapPages(memory, readMappings(memory.pid), objects.layout).filter(
    ({ heap }) => !leaveOut.some(isolate => heap >= isolate && heap < isolate + isolateBytes),
  );
  const maps = findMaps(scanner, objects, pages);
  const collected = collect(scanner, objects, pages, maps);
  // What was kept while looking for maps may be older than what was collected.
  objects.forget();
  if (before !== undefined) addMoved(objects, collected, pages, before);
  const graph = buildGraph(objects, calibrateReactions(objects, collected.promises), collected, pages);
  return { pages, graph, limits: collected.limits };
}

/** Functions that were there before and have moved to where this look had already been. */
function addMoved(objects: Objects, collected: Collected, pages: readonly HeapPage[], before: Look): void {
  const now = new Set(collected.suspended.map(({ pointer }) => pointer));
  const heaps = new Map(pages.map(page => [page.start, page.heap]));
  for (const pointer of before.moved(objects, now)) {
    if (now.has(pointer)) continue;
    const suspended = readSuspended(objects, pointer, heaps.get(pointer - (pointer % (1 << 18))) ?? 0);
    if (suspended !== undefined) collected.suspended.push(suspended);
  }
}

/** Of those that were at the same place before: the others may have begun to wait while this look was under way. */
function countLost({ graph }: OneLook, before: Look | undefined, objects: Objects): number {
  return graph.waiters.filter(waiter => waiter.isLost && (before === undefined || before.hadPlace(waiter, objects)))
    .length;
}
