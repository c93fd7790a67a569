/** Takes V8's snapshot of a heap into a file, after telling what that costs, or refuses where there is no room for it. */

import { NopsError } from '@nops/core/protocol/errors';
import type { HeapSnapshotResult, SnapshotPrediction } from '@nops/core/protocol/heap-snapshot-results';
import { formatBytes, formatMillis } from '@nops/core/units/format';
import { readCgroup } from '@nops/probe/beside/cgroup';
import { availableMemory } from '@nops/probe/beside/memory';
import { readHeapFacts, takeHeapSnapshot } from '@nops/probe/through/heap-snapshot';
import type { InspectorChannel } from '@nops/probe/through/inspector-channel';
import { openInspector } from '@nops/probe/through/open-inspector';
import { predictSnapshot, type Room, type Shortage, shortages } from '@nops/probe/through/predict-snapshot';
import { inspectorOptions } from '../attach/inspector-options.js';
import type { Context } from '../context.js';
import { fileName } from '../output/file-name.js';
import { bytesLeft, checkWritable, openWhole } from '../output/write-file.js';
import type { Found } from '../target/found.js';

/** It begins with full collections. A process that gets a tenth of a core takes ten times as long; more would be another reason. */
const patienceOf = ({ pauseMs }: SnapshotPrediction) => ({
  beginMs: 15_000 + pauseMs,
  wholeMs: 60_000 + 10 * pauseMs,
});
/** Of the time, looking at the objects takes three quarters, writing the rest: measured from 5 to 160 MB. */
const lookingShare = 0.75;

/** Throws `usage` when the file can't be written, what `openInspector` throws, `impossible` when there is no room, `no-answer`. */
export async function snapshotHeap(
  context: Context,
  { process: identity }: Found,
  { file: named, force = false }: { file?: string; force?: boolean },
): Promise<HeapSnapshotResult> {
  if (identity === undefined) {
    throw new NopsError('usage', 'heap-snapshot needs a process of this machine', 'Run nops where the process runs.');
  }
  const { pid } = identity;
  const file = named ?? fileName('heap-snapshot', pid, 'heapsnapshot');
  checkWritable(file);
  const inspector = await openInspector(pid, inspectorOptions(context));
  try {
    const { channel } = inspector;
    const { predicted, notes } = await checkRoom(context, { pid, file, force }, channel);
    const { bytes, pauseMs } = await write(context, file, predicted, channel);
    return { schema: 'nops.heap-snapshot/1', pid, way: 'through', notes, file, bytes, pauseMs, predicted };
  } finally {
    await inspector.close();
  }
}

interface Asked {
  pid: number;
  file: string;
  force: boolean;
}

/** Tells what it will cost; throws `impossible` when there is no room for that. */
async function checkRoom(
  context: Context,
  { pid, file, force }: Asked,
  channel: InspectorChannel,
): Promise<{ predicted: SnapshotPrediction; notes: string[] }> {
  const facts = await readHeapFacts(pid, channel);
  const { objects, ...predicted } = predictSnapshot(facts);
  const room = readRoom(pid, file);
  const missing = shortages(predicted, facts.rssBytes, room);
  const cost = formatCost(predicted);
  if (missing.length > 0 && !force) {
    throw new NopsError(
      'impossible',
      `a heap snapshot of process ${pid} would cost ${cost}; ${missing.map(formatShortage).join('; ')}; nothing was started`,
      `nops heap ${pid}, which samples what is allocated; nops async ${pid}, for what waits; or --force`,
    );
  }
  const size = `${formatBytes(facts.usedBytes)} of heap, some ${Number(objects.toPrecision(2)).toLocaleString('en')} objects`;
  context.tell(`${size}; predicted: ${cost}; ${formatRoom(room)}`);
  return { predicted, notes: missing.map(shortage => `forced: ${formatShortage(shortage)}`) };
}

function readRoom(pid: number, file: string): Room {
  const { limitBytes = null, currentBytes = null } = readCgroup(pid)?.memory ?? {};
  return {
    cgroupBytes: limitBytes === null || currentBytes === null ? null : limitBytes - currentBytes,
    machineBytes: availableMemory(),
    diskBytes: bytesLeft(file),
  };
}

function formatCost({ pauseMs, peakBytes, fileBytes }: SnapshotPrediction): string {
  return `a standstill of ${formatMillis(pauseMs)}, ${formatBytes(peakBytes)} of memory at its peak, a file of ${formatBytes(fileBytes)}`;
}

function formatShortage({ what, neededBytes, leftBytes }: Shortage): string {
  return `it needs ${formatBytes(neededBytes)} more, and the ${what} has ${formatBytes(leftBytes)} left`;
}

function formatRoom(room: Room): string {
  const known: [string, number | null][] = [
    ['control group', room.cgroupBytes],
    ['machine', room.machineBytes],
    ['disk', room.diskBytes],
  ];
  const left = known.flatMap(([what, bytes]) => (bytes === null ? [] : [`${what} ${formatBytes(bytes)}`]));
  return left.length === 0 ? 'what is left is not known' : `left: ${left.join(', ')}`;
}

async function write(
  context: Context,
  path: string,
  predicted: SnapshotPrediction,
  channel: InspectorChannel,
): Promise<{ bytes: number; pauseMs: number }> {
  const file = openWhole(path);
  const release = context.hold();
  const progress = context.progress('heap snapshot', predicted.pauseMs);
  let bytes = 0;
  const listener = {
    write(chunk: string) {
      const content = Buffer.from(chunk);
      file.write(content);
      bytes += content.length;
      progress.at(lookingShare + (1 - lookingShare) * Math.min(1, bytes / predicted.fileBytes));
    },
    looked: (done: number, total: number) => progress.at((lookingShare * done) / Math.max(total, done, 1)),
  };
  try {
    const patience = { ...patienceOf(predicted), signal: context.signal };
    const pauseMs = await takeHeapSnapshot(channel, listener, patience);
    file.keep();
    return { bytes, pauseMs };
  } catch (error) {
    context.tell('no file is left; a snapshot that has begun goes on in the process until it is done');
    throw error;
  } finally {
    // Before the inspector is closed, which may take a second: a second Ctrl-C does not wait.
    file.discard();
    progress.stop();
    release();
  }
}
