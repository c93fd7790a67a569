/**
 * The process that `@datadog/pprof` starts when a heap limit is reached (../main/heap-limit.ts): makes a pprof file and a text report of the
 * tree that it wrote. The process that dies waits for it, for at most 15 s.
 *
 *   node export.js <folder> <pid> <started, ms> <interval, bytes> <tree.json>
 */

import { readFileSync, statSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { encodeProfile } from '@nops/core/profile/encode';
import { formats } from '@nops/core/profile/formats/formats';
import { fromAllocationTree, parseAllocationTree } from '@nops/core/profile/formats/from-allocation-tree';
import { redactWords } from '@nops/core/units/redact';
import { keepLatest, writeWhole } from './files.js';

/** A tree has a node per different stack; this one has a million of them. */
const maxTreeBytes = 256 * 1024 ** 2;
/** Of the command line, which is in the report. */
const maxWords = 100;

const [folder = '.', pid = '0', startedAt = '0', interval = '0'] = process.argv.slice(2, -1);
const tree = process.argv.at(-1) ?? '';

if (statSync(tree).size > maxTreeBytes) throw new Error('the tree of allocations is too large');
const now = new Date();
const read = fromAllocationTree(parseAllocationTree(readFileSync(tree, 'utf8')));
const profile = {
  ...read,
  period: Number(interval),
  timeNanos: BigInt(Number(startedAt)) * 1_000_000n,
  durationNanos: (now.getTime() - Number(startedAt)) * 1e6,
  comments: [...read.comments, `process ${pid} reached its heap limit at ${now.toISOString()}`, ...statusLines()],
};
const name = `nops-oom-${pid}-${now.toISOString().replace(/[-:]/g, '').replace(/\..*/, '')}`;
writeWhole(folder, `${name}.pb.gz`, gzipSync(encodeProfile(profile)));
writeWhole(folder, `${name}.txt`, report());
keepLatest(folder);

function report(): string {
  return `${formats.text.write(profile)}\nThe whole profile: ${name}.pb.gz\n`;
}

/** What the kernel tells of the process that waits for us. */
function statusLines(): string[] {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, maxWords);
    return [
      `command: ${redactWords(command).words.join(' ').trimEnd()}`,
      ...(status.match(/^Vm(RSS|HWM):.*$/gm) ?? []),
    ];
  } catch {
    return []; // no /proc, or not ours
  }
}
