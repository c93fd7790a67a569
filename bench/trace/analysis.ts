/**
 * How fast a trace is read and accounted for, and how much memory that takes: files made of a recorder's own records, as many requests as
 * asked, each with an await, a timer and a request out; so that ten million events need no hour of load.
 *
 *   node bench/dist/trace/analysis.js [events in millions, default 1]
 */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Accounts } from '@nops/core/trace/account';
import { formatVersion, kinds, lineNames, marks } from '@nops/core/trace/format';
import { groupTasks } from '@nops/core/trace/groups';
import { RecordEncoder } from '@nops/core/trace/records';
import { blocking } from '@nops/core/trace/report/blocking';
import { loopReport } from '@nops/core/trace/report/loop';
import { loadTrace } from 'nops/dist/trace/load.js';

/** A drain of the recorder at 200 000 records a second. */
const recordsPerPiece = 10_000;
const texts: [number, string][] = [
  [1, 'GET /feed'],
  [2, 'GET /item'],
  [3, 'upstream:443'],
];
const types: [number, string][] = ['HTTPINCOMINGMESSAGE', 'Timeout', 'PROMISE', 'TCPWRAP', 'TickObject'].map(
  (name, index) => [index + 1, name],
);

const [, , argument = '1', file] = process.argv;
if (file !== undefined) await analyze(file);
else await main(Number(argument) * 1e6);

async function main(events: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'nops-bench-'));
  try {
    const path = join(folder, 'trace.json.gz');
    const { text, records } = makeTrace(events);
    const packed = gzipSync(text, { level: 1 });
    writeFileSync(path, packed);
    console.log(
      `${(records / 1e6).toFixed(1)} million events, ${(text.length / 1e6).toFixed(0)} MB, gzipped ${(packed.length / 1e6).toFixed(0)} MB`,
    );
    const child = fork(new URL(import.meta.url), [argument, path], { execArgv: ['--expose-gc'], stdio: 'inherit' });
    const [code] = (await once(child, 'exit')) as [number];
    if (code !== 0) throw new Error(`the analysis ended with ${code}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function analyze(path: string): Promise<void> {
  const bytes = readFileSync(path);
  const before = process.memoryUsage.rss();
  const began = performance.now();
  const trace = await loadTrace(bytes);
  const read = performance.now();
  const accounts = new Accounts(trace);
  const groups = groupTasks(trace, accounts);
  const grouped = performance.now();
  const rows = blocking(trace, accounts, 'net');
  const { stalls } = loopReport(trace);
  const done = performance.now();
  const peak = process.resourceUsage().maxRSS * 1024;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  const speed = (trace.events / (done - began) / 1000).toFixed(2);
  console.log(
    `read ${seconds(read - began)}, accounts ${seconds(grouped - read)}, net and loop ${seconds(done - grouped)}: ${speed} million events/s`,
  );
  console.log(
    `peak RSS ${(peak / 1e6).toFixed(0)} MB, ${((peak - before) / 1e6).toFixed(0)} MB more than before, ${((peak - before) / trace.events).toFixed(1)} B an event; ${trace.tasks.count} tasks, ${groups.length} groups, ${rows.length} rows, ${stalls.length} stalls`,
  );
}

function makeTrace(events: number): { text: string; records: number } {
  const lines: string[] = [];
  const metadata = (name: string, args: object) =>
    lines.push(`${JSON.stringify({ ph: 'M', pid: 1, tid: 1, ts: 0, name, args })},\n`);
  lines.push('{"traceEvents":[\n');
  metadata(lineNames.header, {
    version: formatVersion,
    pid: 1,
    node: process.versions.node,
    name: null,
    startMicros: 0,
    baseTicks: 0,
    startedAtMs: 0,
    mode: 'full',
    poolThreads: 4,
    missing: [],
  });
  metadata(lineNames.strings, { strings: texts, types });
  const encoder = new RecordEncoder();
  let records = 0;
  let ticks = 0;
  let sequence = 0;
  let id = 0;
  const put = (word: number, a: number, b: number) => {
    // 429 s is all that 32 bits of ticks hold: ten million events are half a minute.
    ticks += 30;
    encoder.add(word, a, b, ticks | 0);
    if (++records % recordsPerPiece !== 0) return;
    const { bytes, count, ticks: first } = encoder.take();
    metadata(lineNames.records, { seq: sequence++, count, ticks: first, data: Buffer.from(bytes).toString('base64') });
  };
  const mark = (what: number, a: number, b: number) => put(kinds.mark | (what << 8), a, b);
  for (let request = 1; records < events; request++) {
    const [parser, timer, promise, tick, socket] = [id++, id++, id++, id++, id++];
    put(kinds.init | (1 << 8), parser, 0);
    put(kinds.before, parser, 0);
    mark(marks.serverBegin, request, 1);
    put(kinds.init | (2 << 8) | (1 << 16), timer, parser);
    put(kinds.init | (3 << 8), promise, parser);
    put(kinds.init | (4 << 8), socket, parser);
    mark(marks.clientBegin, request, 2);
    mark(marks.clientPeer, request, 3);
    put(kinds.after, parser, 0);
    put(kinds.before, timer, 0);
    put(kinds.after, timer, 0);
    put(kinds.before, socket, 0);
    mark(marks.clientResponse, request, 200);
    mark(marks.clientEnd, request, 0);
    put(kinds.after, socket, 0);
    put(kinds.before, promise, 0);
    put(kinds.init | (5 << 8), tick, promise);
    put(kinds.after, promise, 0);
    put(kinds.before, tick, 0);
    mark(marks.serverEnd, request, 1);
    put(kinds.after, tick, 0);
  }
  const { bytes, count, ticks: first } = encoder.take();
  metadata(lineNames.records, { seq: sequence, count, ticks: first, data: Buffer.from(bytes).toString('base64') });
  lines.push(`${JSON.stringify({ ph: 'M', name: lineNames.end, args: { lost: 0, ticks, notes: [] } })}\n]}\n`);
  return { text: lines.join(''), records };
}
