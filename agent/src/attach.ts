/**
 * What `nops attach` evaluates in a process that loaded no agent. From this file agent/rolldown.config.mjs makes agent/bundle/attach.js:
 * one text that needs no module system and no file, since the worker's code is part of it. It runs between two bytecodes of whatever the
 * main thread executes, perhaps in a loop that never ends: nothing here waits, and the worker comes up without the event loop.
 */

import { existsSync, readlinkSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import type { AttachAnswer, AttachOptions, EndRun, RunOptions } from '@nops/core/protocol/injection';
import { publishedAgent } from './main/host.js';
import { RunningAgent } from './main/running-agent.js';
import { snapshotObjection } from './main/startup-snapshot.js';
import type { StartOptions } from './options.js';

/** Put there by the bundle: the worker as CommonJS, and this package's version. */
declare const workerCode: string;
declare const version: string;

/** Never throws. `run`: who calls is in this process, and gets what is to be called at its end as well. */
export function attach(
  { folder, name, leased = false }: AttachOptions = {},
  run?: RunOptions,
): AttachAnswer & { endRun?: EndRun } {
  try {
    const running = publishedAgent();
    if (running !== undefined) return { socketPath: running.agent.socketPath, version: running.version, already: true };
    return refusal() ?? launch({ ...(folder ? { folder } : {}), ...(name ? { name } : {}) }, { leased, run });
  } catch (error) {
    return { failure: `the agent could not be started: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function launch(
  options: StartOptions,
  { leased, run }: { leased: boolean; run: RunOptions | undefined },
): AttachAnswer & { endRun?: EndRun } {
  const agent = new RunningAgent();
  const origin = { worker: workerCode, version: () => version, attached: true, leased };
  agent.launch(options, run === undefined ? origin : { ...origin, run });
  if (agent.failure === undefined) {
    const answer = { socketPath: agent.socketPath, version, already: false };
    return run === undefined ? answer : { ...answer, endRun: () => agent.endRun() };
  }
  return {
    failure: `the agent could not be started: ${agent.failure}`,
    next: 'Give a folder that this process can write to and that only its user can open.',
  };
}

/** `process.permission` is there when --permission is (nodejs.org/api/permissions.html). */
function refusal(): AttachAnswer | undefined {
  if (!isMainThread) {
    return {
      failure: 'this is a worker thread, and the agent watches the main thread',
      next: 'Attach to the main thread.',
    };
  }
  if (!Object.isExtensible(globalThis)) {
    return {
      failure: 'the app has frozen globalThis (as lockdown of SES does), and the agent keeps one property there',
      next: 'nops eval and heap-snapshot work without an agent, nops stack too; or load it before that: node --import @nops/agent/register.',
    };
  }
  const { permission } = process as { permission?: { has(scope: string): boolean } };
  if (permission !== undefined && !permission.has('worker')) {
    return {
      failure: 'the process runs with --permission and without --allow-worker, and the agent is a worker thread',
      next: 'What is read from beside works all the same, such as nops stack; or restart it with --allow-worker.',
    };
  }
  const snapshot = snapshotObjection();
  if (snapshot !== undefined) {
    return {
      failure: snapshot,
      next: 'nops eval and heap-snapshot work without an agent; so does what is read from beside, such as nops stack.',
    };
  }
  if (process.platform === 'linux' && !existsSync('/proc/self/stat')) {
    return {
      failure: 'the process sees no /proc (as in a bare chroot), by which an agent is announced and looks at itself',
      next: 'mount -t proc proc <its root>/proc   gives it one; nops eval and heap-snapshot work without an agent, nops stack too.',
    };
  }
  if (workingDirectoryIsGone()) {
    return {
      failure: 'the working directory of the process has been removed, and Node can start no thread then',
      next: 'What is read from beside works all the same, such as nops stack; or restart it in a directory that stays.',
    };
  }
  return undefined;
}

/** As after a deployment that replaced it. Node's worker threads begin with getcwd(3), which fails then; so the kernel's link is read. */
function workingDirectoryIsGone(): boolean {
  try {
    return readlinkSync('/proc/self/cwd').endsWith(' (deleted)');
  } catch {
    return false;
  }
}
