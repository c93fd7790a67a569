/** What was waited for, grouped by what it was and who began it: as Go's blocking profiles of a trace. */

import type { Accounts } from '../account.js';
import { clientSpans } from '../client-phases.js';
import type { Column } from '../columns.js';
import { ticksPerMs } from '../format.js';
import { type TaskKind, type Trace, taskKinds } from '../model.js';
import { ownFrame, sampledStack } from './stacks.js';

export const blockingReports = ['net', 'sync', 'fs', 'sched', 'threadpool'] as const;

export type BlockingReport = (typeof blockingReports)[number];

export interface BlockingRow {
  column: Column;
  /** A peer, a function of node:fs, a kind of work, or the task that waited. */
  what: string;
  count: number;
  totalMs: number;
  maxMs: number;
  /** Who began it, innermost first, a frame a line; '' when nobody knows. */
  stack: string;
  /** What knows the stack: a diagnostics channel at the begin of a request, or a CPU sample taken meanwhile. */
  stackFrom: 'channel' | 'sample' | null;
}

export function blocking(trace: Trace, accounts: Accounts, report: BlockingReport): BlockingRow[] {
  const rows = new Rows();
  if (report === 'net') network(trace, accounts, rows);
  else if (report === 'sync') synchronous(trace, rows);
  else if (report === 'fs') waitsIn('fs', trace, accounts, rows);
  else if (report === 'threadpool') waitsIn('threadpool', trace, accounts, rows);
  else scheduling(trace, accounts, rows);
  return rows.sorted();
}

class Rows {
  readonly #rows = new Map<string, BlockingRow>();

  add(column: Column, what: string, ticks: number, stack = '', stackFrom: BlockingRow['stackFrom'] = null): void {
    const ms = ticks / ticksPerMs;
    // Samples of one place differ in what that called.
    const key = `${column}\n${what}\n${stackFrom === 'sample' ? ownFrame(stack) : stack}`;
    const row = this.#rows.get(key);
    if (row === undefined) {
      this.#rows.set(key, {
        column,
        what,
        count: 1,
        totalMs: ms,
        maxMs: ms,
        stack,
        stackFrom: stack === '' ? null : stackFrom,
      });
      return;
    }
    row.count++;
    row.totalMs += ms;
    row.maxMs = Math.max(row.maxMs, ms);
  }

  sorted(): BlockingRow[] {
    return [...this.#rows.values()].sort((a, b) => b.totalMs - a.totalMs);
  }
}

/** Requests out by their phases; and connections of other protocols by what tasks waited for. */
function network(trace: Trace, accounts: Accounts, rows: Rows): void {
  for (const client of trace.clients) {
    for (const { column, begin, end } of clientSpans(client, client.end || trace.ticks)) {
      rows.add(column, client.peer, end - begin, client.stack, 'channel');
    }
  }
  const columns: readonly Column[] = ['connect', 'firstByte', 'body', 'dns'];
  eachWait(trace, accounts, ['http-server', 'user'], wait => {
    if (wait.client === undefined && columns.includes(wait.column)) {
      rows.add(wait.column, `(${wait.type})`, wait.end - wait.begin);
    }
  });
}

function synchronous({ syncCalls }: Trace, rows: Rows): void {
  for (const { name, begin, end, stack } of syncCalls) rows.add('fs', name, end - begin, stack, 'sample');
}

/** By the API that was called, or the kind of work. */
function waitsIn(column: Column, trace: Trace, accounts: Accounts, rows: Rows): void {
  eachWait(trace, accounts, ['http-server', 'user', 'async'], wait => {
    if (wait.column === column) rows.add(column, wordsFor(wait.type), wait.end - wait.begin);
  });
}

const words: Record<string, string> = {
  FSREQCALLBACK: 'fs, with a callback',
  FSREQPROMISE: 'fs/promises',
  FILEHANDLE: 'a FileHandle',
  FILEHANDLECLOSEREQ: 'FileHandle close',
  DIRHANDLE: 'a Dir',
  ZLIB: 'zlib',
};

/** `PBKDF2REQUEST` is `pbkdf2`. */
function wordsFor(type: string): string {
  return words[type] ?? type.replace(/REQUEST$/, '').toLowerCase();
}

function scheduling(trace: Trace, accounts: Accounts, rows: Rows): void {
  eachWait(trace, accounts, ['http-server', 'user', 'async'], (wait, task) => {
    if (wait.column !== 'loopWait') return;
    const kind = taskKinds[trace.tasks.kind[task] ?? 0] ?? '';
    const name = trace.names[trace.tasks.name[task] ?? 0] ?? '';
    rows.add(
      'loopWait',
      `${kind} ${name}`,
      wait.end - wait.begin,
      sampledStack(trace.samples, wait.begin, wait.end),
      'sample',
    );
  });
}

type Visit = (wait: Parameters<NonNullable<Parameters<Accounts['of']>[1]>>[0], task: number) => void;

/** Waits of tasks of these kinds; what is part of another is not counted again. */
function eachWait(trace: Trace, accounts: Accounts, kinds: readonly TaskKind[], visit: Visit): void {
  const { tasks } = trace;
  for (let task = 0; task < tasks.count; task++) {
    const kind = taskKinds[tasks.kind[task] ?? 0];
    if (kind === undefined || !kinds.includes(kind)) continue;
    if ((tasks.end[task] ?? 0) === 0 || (tasks.parent[task] ?? 0) > 0) continue;
    accounts.of(task, wait => visit(wait, task));
  }
}
