/** Reads one snapshot in one way, and prints what it took. */

import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { analyzeSnapshot } from '@nops/core/heap-snapshot/analysis';
import { HeapSnapshotScanner } from '@nops/core/heap-snapshot/scanner';

const [, , way, file = ''] = process.argv;
const start = process.cpuUsage();
const cpuMs = () => {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
};
let readMs = 0;
if (way === 'json') {
  JSON.parse(readFileSync(file, 'utf8'));
  readMs = cpuMs();
} else {
  const scanner = new HeapSnapshotScanner();
  const descriptor = openSync(file, 'r');
  const chunk = Buffer.alloc(65_536);
  for (let length = readSync(descriptor, chunk); length > 0; length = readSync(descriptor, chunk))
    scanner.write(chunk.subarray(0, length));
  closeSync(descriptor);
  const snapshot = scanner.finish();
  readMs = cpuMs();
  analyzeSnapshot(snapshot);
}
const peakBytes = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ readMs, analyzeMs: cpuMs() - readMs, peakBytes }));
