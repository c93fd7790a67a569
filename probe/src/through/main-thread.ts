/** What the main thread is in, and whether SIGUSR1 would be answered then, or would break it off. */

import type { StackFrame, SystemCall } from '@nops/core/protocol/results';
import type { Stacks } from '../beside/stack/stacks.js';
import { readActivity } from '../beside/threads.js';
import { isPoll } from './at-a-glance.js';

/** Why the signal may not be sent now; undefined when it may. */
export function objection(pid: number, stacks: Stacks): string | undefined {
  const { state, syscall } = readActivity(pid, pid);
  if (state === 'running') return undefined;
  if (state !== 'sleeping') return `its main thread is ${state}`;
  const look = stacks.look(pid);
  // It moved meanwhile, or its stack makes no sense: what it is in now is not known, so look again.
  if (look.accuracy !== 'exact')
    return `what its main thread is in (${syscall?.name ?? state}) could not be told for certain`;
  if (syscall === undefined) return 'its main thread waits for memory';
  if (look.frames.length === 0) {
    return isPoll(syscall.name) ? undefined : `its main thread is in ${syscall.name} and would not answer`;
  }
  if (/^(?:futex|restart_syscall)$/.test(syscall.name) && isAtomicsWait(look.frames)) return undefined;
  const target = syscall.target === undefined ? '' : ` (${syscall.target.path})`;
  const where = look.frames.find(({ kind }) => kind === 'js');
  const called = where === undefined ? '' : `, called from ${where.function || 'JavaScript'}`;
  return `its main thread is blocked in ${syscall.name}${target}${called}: the signal could end it`;
}

/**
 * Whether the main thread goes on with an Atomics.wait that a stop has broken off: what a stopped process or a tracer leaves of a futex with a
 * timeout, signal(7). The name alone could be a sleep's or a poll's.
 */
export function isResumedWait(pid: number, stacks: Stacks): boolean {
  if (readActivity(pid, pid).syscall?.name !== 'restart_syscall') return false;
  const { accuracy, frames } = stacks.look(pid);
  return accuracy === 'exact' && isAtomicsWait(frames);
}

/** V8 wakes this wait by itself when somebody asks for the thread (execution/futex-emulation.cc). */
function isAtomicsWait([innermost]: StackFrame[]): boolean {
  return innermost?.kind === 'builtin' && /^(?:wait|AtomicsWait)$/.test(innermost.function);
}

/** The event loop and a futex are waited for again by those who wait; what Node's *Sync functions wait in is not. */
export function isBreakable(syscall: SystemCall | undefined): boolean {
  return syscall !== undefined && syscall.name !== 'futex' && !isPoll(syscall.name);
}
