/**
 * `POST /debug/nops/detach`: the agent unloads itself. First nobody finds it any more, then the main thread takes away what it has of
 * it, then this thread ends. A main thread that is stuck does its part when it next comes round; the rest does not wait for that.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { NopsError } from '@nops/core/protocol/errors';
import { parseWhole } from '@nops/core/protocol/parameters';
import type { DetachResult } from '@nops/core/protocol/results';
import type { Context, Handler } from '../context.js';
import { describeStuck, mainActivity } from '../stuck.js';

/** As an interrupt it takes a moment also where JavaScript runs in circles. */
const leaveMs = 1000;
/** Between two looks at a system call. */
const passingMs = 50;
/** For the answer to be taken; then its connection is cut. */
const answerMs = 2000;

export const detach: Handler = async (asked, context) => {
  const force = parseWhole('force', asked.params.get('force'), { min: 0, max: 1, fallback: 0 }) === 1;
  if (!context.start.attached && !force) {
    throw new NopsError(
      'impossible',
      'the app loaded this agent itself (--import, --require or start()), so it is not unloaded like one that was attached',
      'Detach it all the same with force=1; it is back when the process starts again.',
    );
  }
  context.presence.withdraw();
  const left = await leaveMain(context);
  const end = setTimeout(() => context.presence.end(), answerMs);
  asked.signal.addEventListener('abort', () => {
    clearTimeout(end);
    context.presence.end();
  });
  const result: DetachResult = {
    schema: 'nops.detach/1',
    pid: process.pid,
    way: 'agent',
    notes: await notes(left, context),
    agent: context.start.version,
    attached: context.start.attached,
    mainThread: left ? 'left' : 'later',
  };
  return { type: 'json', value: result };
};

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

/** What goes later, and when; an event loop that comes round has let go of the inspector within a moment. */
async function notes(left: boolean, context: Context): Promise<string[]> {
  for (let waitedMs = 0; waitedMs < passingMs && !context.main.hasLetGo; waitedMs += 5) await sleep(5);
  const thread = context.main.hasLetGo ? [] : ['the agent’s own thread'];
  const rest = left ? thread : ['the heartbeat and the exit hook there', ...thread];
  if (rest.length === 0) return [];
  return [`${describeStuck(context)}; once it has let go of the inspector, this goes too: ${rest.join(', ')}`];
}
