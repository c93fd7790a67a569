/**
 * What speaks against SIGUSR1 at a glance, from /proc alone: enough to tell about, not enough to send a signal on. Loads little: `nops <pid>`
 * asks it.
 */

import { readText } from '../beside/procfs.js';
import { readActivity } from '../beside/threads.js';
import { clusterObjection } from './cluster.js';
import { isLoopback, readInspectPort } from './inspect-port.js';

/** signal(7): bit 9 of the masks in proc_pid_status(5). */
export const SIGUSR1 = 10;
const signalBit = 1n << BigInt(SIGUSR1 - 1);

/** One sentence's end; undefined when nothing is seen. Throws `no-target`. */
export function objectionAtAGlance(pid: number): string | undefined {
  const seen = handlerObjection(pid) ?? addressObjection(pid) ?? clusterObjection(pid);
  if (seen !== undefined) return seen;
  const { state, syscall } = readActivity(pid, pid);
  if (state === 'running' || syscall === undefined || isPoll(syscall.name) || syscall.name === 'futex')
    return undefined;
  return `its main thread is in ${syscall.name}, which a signal could break off`;
}

/** Before Node has installed its handler, and without it, the signal ends the process. */
export function handlerObjection(pid: number): string | undefined {
  if (readInspectPort(pid).isDisabled) return 'it was started with --disable-sigusr1, and the signal would end it';
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readText(pid, 'status'))?.[1];
  if (caught !== undefined && (BigInt(`0x${caught}`) & signalBit) !== 0n) return undefined;
  if (readInspectPort(pid).isForbidden) {
    return 'it runs with --permission, under which Node opens no inspector (from Node 26 on --allow-inspector does), and the signal would end it';
  }
  return `process ${pid} does not handle SIGUSR1, which would end it`;
}

export function addressObjection(pid: number): string | undefined {
  const { host } = readInspectPort(pid);
  if (isLoopback(host)) return undefined;
  return `it would listen on ${host}, where others could connect to it (--inspect-port, NODE_OPTIONS)`;
}

/** The event loop waits for events. execSync does so too, but with JavaScript on the stack. */
export function isPoll(name: string): boolean {
  return name.startsWith('epoll_');
}
