/** Threads and their stacks as text: the main thread in full, the others condensed by what they are and do. */

import type { StackFrame, StackResult, StackThread } from '@nops/core/protocol/results';
import { describeActivity, describeOtherEnd, describeQueues } from './describe.js';
import type { Output } from './output.js';

const noFrames: Record<StackThread['accuracy'], string> = {
  exact: 'no JavaScript on its stack',
  callers: 'callers unknown',
  none: 'JavaScript frames not known',
};

/** How sure a stack is, where there is one. */
const sureness: Record<StackThread['accuracy'], string> = {
  exact: 'exact',
  callers: 'it runs: callers are right, the innermost frame is approximate',
  none: '',
};

/** The main thread first, then workers that run JavaScript, then the rest: in groups, or with `all` each by itself. */
export function formatThreads(threads: StackThread[], output: Output, all = false): string {
  const inFull = threads.filter(thread => all || thread.role === 'main' || thread.frames.length > 0);
  inFull.sort((a, b) => Number(b.role === 'main') - Number(a.role === 'main'));
  const others = threads.filter(thread => !inFull.includes(thread));
  const full = inFull.map(thread => formatThread(thread, output)).join('\n');
  return others.length === 0 ? full : `${full}\n${formatOthers(others, output)}`;
}

function formatThread(thread: StackThread, { colors }: Output): string {
  const sure = thread.frames.length === 0 ? '' : ` [${sureness[thread.accuracy]}]`;
  const title = `${thread.role} thread ${thread.tid} ${thread.name}: ${describeActivity(thread)}${sure}`;
  const call = thread.syscall;
  const args = call === undefined ? [] : [`    ${colors.dim(`${call.name}(${call.args.join(', ')})`)}`];
  const ends = describeEnds(thread).map(line => `    ${line}`);
  const frames =
    thread.frames.length === 0 ? [`    ${colors.dim(noFrames[thread.accuracy])}`] : thread.frames.map(formatFrame);
  return [colors.head(title), ...args, ...ends, ...frames].map(line => `${line}\n`).join('');
}

/** What is known of the far side of what it waits for. */
function describeEnds({ state, syscall }: StackThread): string[] {
  if (syscall?.target === undefined || (state !== 'sleeping' && state !== 'disk')) return [];
  return [describeQueues(syscall.target), describeOtherEnd(syscall.target)].filter(line => line !== undefined);
}

/** `    function  file:line:column`. */
function formatFrame(frame: StackFrame): string {
  const name = frame.function === '' ? '(anonymous)' : frame.function;
  const owner = frame.class === undefined || frame.class === '' ? '' : `${frame.class}.`;
  const place = placeOf(frame);
  return `    ${owner}${name}  ${place}${frame.inlined ? '  (inlined)' : ''}`;
}

function placeOf({ url, line, column, kind }: StackFrame): string {
  if (url === '') return line > 0 ? `(eval):${line}:${column}` : `(${kind})`;
  // C++ has a file but no lines.
  return kind === 'native' ? `${url} (native)` : `${url}:${line}:${column}`;
}

/** `libuv  futex × 4  (101 102 103 104)`: one line for threads of the same role in the same state. */
function formatOthers(threads: StackThread[], { colors }: Output): string {
  const groups = new Map<string, number[]>();
  for (const thread of threads) {
    const does = [describeActivity(thread), ...describeEnds(thread)].join(', ');
    const key = `${thread.role.padEnd(7)}${does}`;
    groups.set(key, [...(groups.get(key) ?? []), thread.tid]);
  }
  const lines = [...groups].map(([key, tids]) => {
    const count = tids.length === 1 ? '' : ` × ${tids.length}`;
    return `${key}${count}  ${colors.dim(`(${tids.join(' ')})`)}\n`;
  });
  return `${colors.head('other threads')}\n${lines.map(line => `    ${line}`).join('')}`;
}

export function formatPending(pending: StackResult['pending'], { colors }: Output): string {
  if (pending === null) return '';
  const lines = [
    ['handles', pending.handles],
    ['requests', pending.requests],
  ] as const;
  const told = lines.map(([what, groups]) => {
    const list = groups.map(({ type, count }) => `${type}${count === 1 ? '' : ` × ${count}`}`).join(', ');
    return `    ${what.padEnd(10)}${list === '' ? 'none' : list}\n`;
  });
  return `\n${colors.head('pending')}\n${told.join('')}`;
}
