/**
 * Whether an inspector that was closed may open again by the same signal. Node asks for it in two ways, by an interrupt of JavaScript and
 * by a message to the event loop (src/inspector_agent.cc, RequestIoThreadStart). Where JavaScript runs for long the interrupt opens it, and
 * the message still lies there when we have closed it: it opens another one as soon as the event loop comes round.
 *
 * libuv's messages (uv_async_send) wait in an eventfd of each loop, whose count the kernel tells: proc_pid_fdinfo(5).
 */

import { listNumbers, tryReadLink, tryReadText } from '../beside/procfs.js';
import { readActivity } from '../beside/threads.js';
import { isPoll } from './at-a-glance.js';

/** Whether a message waits for an event loop of `pid`: perhaps for another thread's, or another message. Throws `no-target`. */
export function isAskedAgain(pid: number): boolean {
  return listNumbers(pid, 'fd').some(
    fd =>
      tryReadLink(pid, `fd/${fd}`) === 'anon_inode:[eventfd]' &&
      /^eventfd-count:\s*0*[1-9a-f]/m.test(tryReadText(pid, `fdinfo/${fd}`) ?? ''),
  );
}

/** Whether the main thread waits for events: what it was sent before is dealt with. Throws `no-target`. */
export function isWaiting(pid: number): boolean {
  const { state, syscall } = readActivity(pid, pid);
  return state === 'sleeping' && syscall !== undefined && isPoll(syscall.name);
}
