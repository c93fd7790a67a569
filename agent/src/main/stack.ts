/**
 * The main thread's JavaScript stack, taken from an inspector call that interrupts it: the frames of the interrupted code lie under our
 * own, so `Error.captureStackTrace` sees them. The thread is held for tens of microseconds; enabling the Debugger domain and pausing
 * would hold it 10-20 ms and make V8 drop optimized code.
 */

import type { StackFrame } from '@nops/core/protocol/results';
import type { MainStack } from '../messages/shared.js';
import { groupHandles, groupRequests } from './handles.js';

const maxFrames = 200;

/** `outermost` is the function that the inspector called: it and what it called are left out. */
export function readMainStack(outermost: (...args: never[]) => unknown): MainStack {
  const began = process.hrtime.bigint();
  const frames = captureFrames(outermost);
  const pausedMicros = Number(process.hrtime.bigint() - began) / 1000;
  return { frames, pausedMicros, handles: groupHandles(), requests: groupRequests() };
}

/**
 * The frames under `outermost`, innermost first, without the expression of an inspector call. The settings of Error are the app's: they
 * are put back before anything else can run.
 */
export function captureFrames(outermost: (...args: never[]) => unknown): StackFrame[] {
  const { stackTraceLimit, prepareStackTrace } = Error;
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = maxFrames;
    Error.prepareStackTrace = (_, sites) => sites;
    Error.captureStackTrace(holder, outermost);
    const sites = holder.stack;
    const frames = Array.isArray(sites) ? (sites as NodeJS.CallSite[]).filter(isSynchronous).map(toFrame) : [];
    return isEvaluated(frames[0]) ? frames.slice(1) : frames;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace;
  }
}

/** Awaiting callers are in the trace too, but not on the stack. */
function isSynchronous(site: NodeJS.CallSite): boolean {
  return (site as NodeJS.CallSite & { isAsync?(): boolean }).isAsync?.() !== true;
}

/** The expression that the inspector evaluated, the outermost of our own frames: it has neither a name nor a file. */
function isEvaluated(frame: StackFrame | undefined): boolean {
  return frame?.function === '' && frame.url === '';
}

function toFrame(site: NodeJS.CallSite): StackFrame {
  const method = !site.isToplevel() && !site.isConstructor();
  const type = method ? site.getTypeName() : null;
  const url = site.getFileName() ?? site.getScriptNameOrSourceURL() ?? '';
  return {
    function: site.getFunctionName() ?? site.getMethodName() ?? '',
    ...(type === null || type === 'Object' ? {} : { class: type }),
    url,
    line: site.getLineNumber() ?? 0,
    column: site.getColumnNumber() ?? 0,
    kind: url.startsWith('wasm:') ? 'wasm' : site.isNative() || url === '' ? 'builtin' : 'js',
    inlined: false,
  };
}
