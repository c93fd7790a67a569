/**
 * A thread of libuv's pool that waits for work: it can take a signal without harm. One that works can't: libuv does not repeat a read that
 * was broken off (deps/uv/src/unix/fs.c, uv__fs_work), and the app would get EINTR.
 */

import { readActivity, readThreads } from '../beside/threads.js';

/** Its thread id; undefined where the pool has not been started yet, or all of it works. */
export function poolThread(pid: number): number | undefined {
  return readThreads(pid).find(({ role, syscall }) => role === 'libuv' && syscall?.name === 'futex')?.tid;
}

/** Whether it still waits for work. */
export function isIdle(pid: number, tid: number): boolean {
  return readActivity(pid, tid).syscall?.name === 'futex';
}
