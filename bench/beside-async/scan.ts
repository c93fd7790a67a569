/** How fast the heap of a process is searched: with vector instructions, and in plain JavaScript. */

import type { ChildProcess } from 'node:child_process';
import { asyncLayoutOf } from '@nops/probe/beside/async/layout';
import { findHeapPages, type HeapPage } from '@nops/probe/beside/async/pages';
import { readMappings } from '@nops/probe/beside/mappings';
import { vectorKernel } from '@nops/probe/beside/scan/kernel';
import { plainKernel } from '@nops/probe/beside/scan/plain';
import { Scanner } from '@nops/probe/beside/scan/scanner';
import type { Memory } from '@nops/probe/beside/target-memory';
import { openV8 } from '@nops/probe/beside/v8/process';
import { median } from '../lib/statistics.js';

const rounds = 5;

export function measureScan(child: ChildProcess): void {
  const pid = child.pid ?? 0;
  const process = openV8(pid);
  const pages = findHeapPages(process.memory, readMappings(pid), asyncLayoutOf(process.heap.layout));
  const megabytes = pages.reduce((sum, { start, end }) => sum + end - start, 0) / 1e6;
  console.log(`scan of ${megabytes.toFixed(0)} MB in ${pages.length} pages, MB per second of CPU`);
  const few = new Set([0x7fff_0000_0001, 0x7fff_0000_0009, 0x7fff_0000_0011, 0x7fff_0000_0019]);
  const many = new Set(Array.from({ length: 1000 }, (_, index) => 0x7fff_0000_0001 + 8 * index));
  const kinds: [string, (scanner: Scanner) => void][] = [
    ['four pointers', scanner => scanner.words(process.memory, pages, few, () => {})],
    ['a thousand pointers', scanner => scanner.words(process.memory, pages, many, () => {})],
    ['maps of three types', scanner => scanner.maps(process.memory, pages, [60_001, 60_002, 60_003], () => {})],
  ];
  const vector = vectorKernel();
  console.log(`  only reading        ${speed(megabytes, () => readAll(process.memory, pages))}`);
  for (const [name, search] of kinds) {
    const fast = vector === undefined ? 'none' : speed(megabytes, () => search(new Scanner(vector)));
    const slow = speed(megabytes, () => search(new Scanner(plainKernel())));
    console.log(`  ${name.padEnd(20)}vector ${fast}   plain ${slow}`);
  }
  process.close();
}

function readAll(memory: Memory, pages: readonly HeapPage[]): void {
  const bytes = Buffer.alloc(1 << 20);
  for (const { start, end } of pages) memory.readInto(bytes, start, Math.min(bytes.length, end - start));
}

function speed(megabytes: number, search: () => void): string {
  const speeds = Array.from({ length: rounds }, () => {
    const before = process.cpuUsage();
    search();
    const { user, system } = process.cpuUsage(before);
    return megabytes / ((user + system) / 1e6);
  });
  return median(speeds).toFixed(0).padStart(6);
}
