/** Takes the agent away: nobody finds it any more, and the main thread drops what it has of it, or does so when it next comes round. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from './context.js';
import { mainActivity } from './main-thread/stuck.js';

/** As an interrupt it takes a moment also where JavaScript runs in circles. */
const leaveMs = 1000;
/** Between two looks at a system call. */
const passingMs = 50;

/** True when the main thread has taken its part away. Requests go on until `presence.end()`. */
export async function unload(context: Context): Promise<boolean> {
  context.presence.withdraw();
  return leaveMain(context);
}

/**
 * True when the main thread has taken its part away. Leaves the inspector for good, whether or not it has. One that is stuck is not even
 * asked: this thread could not end before that was answered.
 */
async function leaveMain({ main }: Context): Promise<boolean> {
  try {
    if (await isStuck()) return false;
    return await main.call('leave', null, leaveMs);
  } catch {
    return false;
  } finally {
    main.leave();
  }
}

/** In a system call that nothing but its end interrupts, and not just passing by. */
async function isStuck(): Promise<boolean> {
  const before = blockingCall();
  if (before === undefined) return false;
  await sleep(passingMs);
  return blockingCall() === before;
}

function blockingCall(): string | undefined {
  const { syscall } = mainActivity();
  return syscall === undefined || /^(?:epoll_p?wait2?|futex)$/.test(syscall.name) ? undefined : JSON.stringify(syscall);
}
