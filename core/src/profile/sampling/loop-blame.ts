/**
 * Puts right whom V8's CPU profiler blames for a loop.
 *
 * What V8 does wrong, the same on Node 20, 22, 24 and 26: a loop that runs for long is compiled while it runs and entered in its middle
 * (on-stack replacement). A profiler that starts later takes stock of the code there is from functions and their feedback (logging/log.cc,
 * EnumerateCompiledFunctions), where such code is not to be found. Its samples then miss the frame of the looping function and nothing
 * else: they count for its caller, on the line of the call; without a caller in JavaScript, as at the top level of an ES module or after
 * an `await`, for `(program)`. Functions that the loop calls seem to be called by its caller. Code that is compiled while the profiler runs is
 * known to it: then nothing is missing.
 *
 *   on the stack     tick → handler → work (in its loop)       what V8 tells     tick → handler
 *
 * The frame is on the stack all the same, so looks at it from beside, taken while the profile was, tell who is missing. But a look at a
 * running thread may take what is left over of a call that has returned for the innermost frame, over and over where a server does the same
 * all the time. So nothing is changed unless V8 itself, asked in the end for the stack of the loop, has the function there too. Pure.
 */

import type { StackFrame } from '../../protocol/results.js';
import type { CallFrame } from '../v8-frame.js';
import { ChangingStacks, type MissingFrame } from './changing-stacks.js';
import type { StackTotals } from './stack-totals.js';

/** A function on a stack, and the line on which it is; 0 when that is not known. */
export interface LookFrame extends CallFrame {
  line: number;
  tier?: StackFrame['tier'];
}

/** The functions of scripts on a stack, outermost first; none: no JavaScript ran. */
export type Look = readonly LookFrame[];

/** What was seen of a thread beside its profile. */
export interface SeenBeside {
  /** Looks from beside, in their order. */
  looks: readonly Look[];
  /** Stacks as V8 told them near the end, when there is a `repeatedLook(looks)`: outermost first. */
  told: readonly (readonly StackFrame[])[];
}

export interface Blamed {
  /** From stacks whose own samples were moved to where, which may be from where they were moved on. */
  moved: ReadonlyMap<number, number>;
  /** What was changed and on what evidence, or why it is not to be trusted as it is. */
  comments: string[];
}

/** Whether a profile's comment is one of `Blamed`. */
export function isVerdict(comment: string): boolean {
  return /^(?:corrected|unsure): /.test(comment);
}

/** Looks that must agree before anything is changed. */
const minLooks = 5;
/** Stacks of V8 that must agree with them, nearly all that have the caller. */
const stacksToTell = 3;
/** Of the looks that found JavaScript. */
const minRepeated = 0.3;
/** So many looks one after the other that found the same, half a second, are told of also where V8 was not asked: the loop is over. */
const minRun = 10;
/** The share of looks at the caller in which the missing function must be. */
const minAgreement = 0.9;
/** Of all time that was not idle: less is not worth a change. And of what is moved: a loop has some time of its own. */
const minShare = 0.05;
/** By how much the share in the looks and in the samples may differ. */
const maxDifference = 0.25;
/** Of a loop in code that is not optimized its caller has a quarter (Node 22 to 26), which leaves them in order; from here on it is told. */
const minMissed = 0.4;
/** Of the caller's own samples on the line of the call: more elsewhere are its own work. */
const minOnLine = 0.9;
/** A call may go over lines: on Node 20 and 22 V8's profiler and its stack differ then (Module._compile: 1522 and 1521). */
const callLines = 2;
/** From this on it is told that nothing could be checked: one function has nearly everything, as in a loop. */
const loopShare = 0.8;

/** What many looks found, the same functions on the same lines, as in a loop: then V8 should be asked for the stack. */
export function repeatedLook(looks: readonly Look[]): Look | undefined {
  const groups = new Map<string, { look: Look; count: number }>();
  for (const look of looks) {
    if (look.length === 0) continue;
    const group = groups.get(callsOf(look)) ?? { look, count: 0 };
    group.count++;
    groups.set(callsOf(look), group);
  }
  const found = [...groups.values()];
  const most = found.reduce((a, b) => (b.count > a.count ? b : a), { look: [], count: 0 });
  const all = found.reduce((sum, { count }) => sum + count, 0);
  return most.count >= minLooks && most.count >= minRepeated * all ? most.look : undefined;
}

/** Whether V8 has told that often enough: by the time it answers, the thread may have gone on to something else. */
export function isToldEnough(look: Look, told: SeenBeside['told']): boolean {
  return told.filter(stack => isToldBy(stack, look, look.length - 1)).length >= stacksToTell;
}

/** Puts missing functions into `totals`, in place; `beside` undefined: nothing could be seen. */
export function blameLoops(totals: StackTotals, beside: SeenBeside | undefined): Blamed {
  const stacks = new ChangingStacks(totals);
  const { moved } = stacks;
  if (stacks.activeHits === 0) return { moved, comments: [] };
  const seen = beside?.looks.filter(look => look.length > 0) ?? [];
  if (beside === undefined || seen.length < minLooks) return { moved, comments: unchecked(stacks, beside) };
  const { told } = beside;
  const comments: string[] = [];
  visit(0, 0, seen);
  return { moved, comments };

  /** `through`: the looks whose outermost `depth` functions are those down to `node`. */
  function visit(node: number, depth: number, through: readonly Look[]): void {
    const likely = likelyAfter(depth, through);
    const known = stacks.functionsUnder(node).find(child => isSame(likely?.frame, stacks.tree.frame(child)));
    if (likely !== undefined && known === undefined) {
      const { inserted, comment } = judge(stacks, node, likely, { depth, through, told, all: seen.length });
      if (comment !== undefined) comments.push(comment);
      if (inserted !== undefined) {
        visit(inserted, depth + 1, likely.looks);
        return;
      }
    }
    if (likely !== undefined && known !== undefined) {
      comments.push(...tellOften(stacks, { node, known }, likely, { depth, through }));
    }
    for (const child of stacks.functionsUnder(node)) {
      const rest = through.filter(look => isSame(look[depth], stacks.tree.frame(child)));
      if (rest.length >= minLooks) visit(child, depth + 1, rest);
    }
  }
}

interface Missing {
  frame: LookFrame;
  looks: Look[];
}

/** The function that nearly all looks have next. */
function likelyAfter(depth: number, through: readonly Look[]): Missing | undefined {
  const found = new Map<string, Missing>();
  for (const look of through) {
    const frame = look[depth];
    if (frame === undefined) continue;
    const likely = found.get(keyOf(frame)) ?? { frame, looks: [] };
    likely.looks.push(look);
    found.set(keyOf(frame), likely);
  }
  const enough = Math.max(minLooks, minAgreement * through.length);
  return [...found.values()].find(({ looks }) => looks.length >= enough);
}

/** Of a function that V8 knows and often misses: it is innermost and not optimized in the looks, and its caller has much that they don't find. */
function tellOften(
  stacks: ChangingStacks,
  { node, known }: { node: number; known: number },
  { frame, looks }: Missing,
  { depth, through }: Pick<Evidence, 'depth' | 'through'>,
): string[] {
  const inIt = looks.filter(look => look.length === depth + 1 && isUnoptimized(look[depth]));
  if (inIt.length < minAgreement * through.length || longestRun(inIt, through) < minRun) return [];
  const own = stacks.ownHits(node);
  const share = own / (own + stacks.hitsUnder(known));
  const lines = [...new Set(looks.map(look => look[depth - 1]?.line ?? 0))];
  if (own < minShare * stacks.activeHits || share < minMissed) return [];
  if (!lines.includes(0) && stacks.shareNear(node, lines, callLines) < minOnLine) return [];
  const who = `${nameOf(frame)}${placeOf(frame, 0)}`;
  return [
    `unsure: ${own} samples that V8 told for ${stacks.nameOf(node)} itself may be ${who}: ${inIt.length} of ${through.length} looks at the stack found that running, and V8 often misses a function that it has not optimized`,
  ];
}

function isUnoptimized(frame: LookFrame | undefined): boolean {
  return frame?.tier === 'interpreted' || frame?.tier === 'baseline';
}

interface Evidence {
  depth: number;
  through: readonly Look[];
  told: SeenBeside['told'];
  all: number;
}

/** Moves what is the missing function's, when looks and samples tell the same. */
function judge(
  stacks: ChangingStacks,
  node: number,
  { frame, looks }: Missing,
  { depth, through, told, all }: Evidence,
): { inserted?: number; comment?: string } {
  const lines = [...new Set(looks.map(look => look[depth - 1]?.line ?? 0))];
  const toldThrough = told.filter(stack => looks.some(look => isToldToCall(stack, look, depth - 1)));
  const agreeing = toldThrough.filter(stack => looks.some(look => isToldBy(stack, look, depth)));
  const found: MissingFrame = {
    callFrame: frame,
    lines: agreeing.map(stack => scriptsOf(stack)[depth]?.line ?? 0),
    // What the caller was seen to call itself stays its own.
    keeps: callFrame => through.some(look => isSame(look[depth], callFrame)),
  };
  const { all: hits, own } = stacks.hitsToMove(node, found);
  const share = hits / stacks.activeHits;
  const isOwn = own >= minShare * hits;
  // Not its own: the caller calls by a native function, as node:vm does, and that has them. Told where it is nearly everything.
  if (share < minShare || (!isOwn && share < loopShare)) return {};
  const from = stacks.nameOf(node);
  const who = `${nameOf(frame)}${placeOf(frame, found.lines[0] ?? 0)}`;
  const evidence = `${looks.length} of ${through.length} looks at the stack found it there`;
  const isOnLine = lines.includes(0) || stacks.shareNear(node, lines, callLines) >= minOnLine;
  const isTold = agreeing.length >= stacksToTell && agreeing.length >= minAgreement * toldThrough.length;
  if (!isOwn || !isTold || !isOnLine || Math.abs(share - looks.length / all) > maxDifference) {
    if (!(isOwn && isTold) && longestRun(looks, through) < minRun) return {};
    return {
      comment: `unsure: some of what V8 told for ${from} may be ${who}: ${evidence}, and V8 has no sample of it`,
    };
  }
  const inserted = stacks.insert(node, found);
  return {
    inserted,
    comment: `corrected: ${hits} of ${stacks.activeHits} samples that V8 told for ${from} are given to ${who}: ${evidence}, and so did V8 when asked; its loop was compiled before the profiler began`,
  };
}

/** Whether in V8's stack too the function at `depth` is where it calls the next; elsewhere it does something else. */
function isToldToCall(stack: readonly StackFrame[], look: Look, depth: number): boolean {
  const line = look[depth]?.line ?? 0;
  const told = scriptsOf(stack)[depth]?.line ?? 0;
  return isToldBy(stack, look, depth) && (line === 0 || Math.abs(told - line) <= callLines);
}

/** Whether V8's stack has the functions of the look down to `depth`. V8 tells where a call is, not where its function begins. */
function isToldBy(stack: readonly StackFrame[], look: Look, depth: number): boolean {
  const told = scriptsOf(stack);
  return (
    told.length > 0 &&
    look.slice(0, depth + 1).every((frame, i) => {
      const { url, line, function: name } = told[i] ?? { url: '', line: 0, function: '' };
      if (pathOf({ url }) !== pathOf(frame)) return false;
      if (i < depth) return Math.abs(line - frame.line) <= callLines;
      return (
        line > frame.lineNumber &&
        (name === '' || frame.functionName === '' || lastWord(name) === lastWord(frame.functionName))
      );
    })
  );
}

/** Functions of scripts, as looks have them. */
function scriptsOf(stack: readonly StackFrame[]): StackFrame[] {
  return stack.filter(({ kind }) => kind === 'js');
}

function lastWord(name: string): string {
  return name.split(/[. ]/).at(-1) ?? '';
}

/** Of looks one after the other that found it, all on the same lines. */
function longestRun(looks: readonly Look[], through: readonly Look[]): number {
  const found = new Set(looks);
  let longest = 0;
  let run = 0;
  let last = '';
  for (const look of through) {
    const calls = found.has(look) ? callsOf(look) : '';
    run = calls !== '' && calls === last ? run + 1 : Number(calls !== '');
    last = calls;
    longest = Math.max(longest, run);
  }
  return longest;
}

function unchecked(stacks: ChangingStacks, beside: SeenBeside | undefined): string[] {
  const [most] = stacks.most();
  if (most === undefined || most.hits < loopShare * stacks.activeHits) return [];
  const why = beside === undefined ? 'its stack could not be looked at' : 'too few looks at its stack found JavaScript';
  return [
    `unsure: ${stacks.nameOf(most.node)} has nearly all of it, and if that is a loop it may be in a function which that calls; ${why} to tell`,
  ];
}

/** Of what nobody looks at, `where`: that loops are not checked there, when one or two functions have nearly all. */
export function tellUnchecked(totals: StackTotals, where: string): string[] {
  const stacks = new ChangingStacks(totals);
  const most = stacks.most();
  const hits = most.reduce((sum, one) => sum + one.hits, 0);
  if (stacks.activeHits < minLooks || hits < loopShare * stacks.activeHits) return [];
  const names = [...new Set(most.map(({ node }) => stacks.nameOf(node)))].join(' and ');
  return [
    `unsure: ${names}: nearly all of ${where}, where loops are not checked: if that is a loop, it may be in a function that is called there`,
  ];
}

function isSame(a: CallFrame | undefined, b: CallFrame): boolean {
  return a !== undefined && a.lineNumber === b.lineNumber && keyOf(a) === keyOf(b);
}

function keyOf(frame: CallFrame): string {
  return `${pathOf(frame)}:${frame.lineNumber}:${frame.columnNumber}`;
}

/** The functions of a look, each with the line on which it calls the next; the innermost one may be anywhere. */
function callsOf(look: Look): string {
  return look.map((frame, i) => (i === look.length - 1 ? keyOf(frame) : `${keyOf(frame)}@${frame.line}`)).join(' ');
}

/** The inspector has URLs for ES modules and paths or URLs for CommonJS. */
function pathOf({ url }: Pick<CallFrame, 'url'>): string {
  return url.startsWith('file://') ? url.slice('file://'.length) : url;
}

function nameOf({ functionName }: CallFrame): string {
  return functionName === '' ? '(anonymous)' : functionName;
}

function placeOf(frame: LookFrame, line: number): string {
  const file = pathOf(frame).split('/').at(-1) ?? '';
  return file === '' ? '' : ` (${file}:${line || frame.lineNumber + 1})`;
}
