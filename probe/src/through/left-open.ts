/** Whether a process still listens with an inspector that its command line did not ask for. */

import { setTimeout as sleep } from 'node:timers/promises';
import { orUndefined } from '../beside/procfs.js';
import { findInspector } from './find-inspector.js';
import { readInspectPort } from './inspect-port.js';
import { readListeners } from './listeners.js';

/** It closes within milliseconds. */
const closedMs = 1000;
const pollMs = 20;

/**
 * The port of an inspector that stays open, asked for a second; undefined when none does, or the process was started with one. `port`: where
 * ours was; else where the process's options say that it would be. An app's own server on that port is asked whether it is an inspector.
 */
export async function inspectorLeftOpen(pid: number, port?: number): Promise<number | undefined> {
  const options = orUndefined(() => readInspectPort(pid));
  if (options === undefined || options.isOpened) return undefined;
  const watched = port ?? options.port;
  const listens = () => orUndefined(() => readListeners(pid).own.has(watched)) ?? false;
  for (const deadline = performance.now() + closedMs; listens(); await sleep(pollMs)) {
    if (performance.now() > deadline) return (await findInspector(pid, [watched]))?.port;
  }
  return undefined;
}
