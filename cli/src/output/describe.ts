/** What a thread does and what a descriptor stands for, in a few words. */

import type { FdTarget, SystemCall, ThreadActivity } from '@nops/core/protocol/results';

const waitsForEvents = new Set(['epoll_wait', 'epoll_pwait', 'epoll_pwait2']);

/** `running`, `idle (epoll_wait)`, `read fd 17 /path/fifo`, `disk wait in read fd 3 /file`. */
export function describeActivity(activity: ThreadActivity): string {
  const { state, syscall } = activity;
  if (state === 'disk') return syscall === undefined ? 'disk wait' : `disk wait in ${describeSyscall(syscall)}`;
  if (state !== 'sleeping' || syscall === undefined) return state;
  return waitsForEvents.has(syscall.name) ? `idle (${syscall.name})` : describeSyscall(syscall);
}

/** `read fd 17 /path/fifo`, `futex`. */
function describeSyscall(call: SystemCall): string {
  if (call.fd === undefined) return call.name;
  const target = call.target === undefined ? '' : ` ${describeTarget(call.target)}`;
  return `${call.name} fd ${call.fd}${target}`;
}

/** `/path`, or `tcp 127.0.0.1:5000 → 10.0.0.1:443 ESTABLISHED`. */
export function describeTarget(target: FdTarget): string {
  if (target.local === undefined && target.peer === undefined) return target.path;
  const ends = [target.local, target.peer].filter(end => end !== undefined && end !== '').join(' → ');
  return [target.kind, ends, target.tcpState].filter(part => part !== undefined && part !== '').join(' ');
}

/** `other end: pid 4242 (node) fd 12, pid 4243 (sh) fd 1`; undefined when it was not looked for or does not exist. */
export function describeOtherEnd(target: FdTarget | undefined): string | undefined {
  if (target?.otherEnd === undefined) return undefined;
  const ends = target.otherEnd.map(({ pid, name, fd }) => `pid ${pid} (${name}) fd ${fd}`);
  return `other end: ${ends.length === 0 ? 'nobody seen' : ends.join(', ')}`;
}

/** `Recv-Q 0, Send-Q 12`, in bytes. */
export function describeQueues({ kind, recvQ, sendQ }: FdTarget): string | undefined {
  if ((kind !== 'tcp' && kind !== 'unix') || recvQ === undefined || sendQ === undefined) return undefined;
  return `Recv-Q ${recvQ}, Send-Q ${sendQ}`;
}
