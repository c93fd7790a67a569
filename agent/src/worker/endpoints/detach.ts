/**
 * `POST /debug/nops/detach`: the agent unloads itself. First nobody finds it any more, then the main thread takes away what it has of
 * it, then this thread ends. A main thread that is stuck does its part when it next comes round; the rest does not wait for that.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { NopsError } from '@nops/core/protocol/errors';
import { parseWhole } from '@nops/core/protocol/parameters';
import type { DetachResult } from '@nops/core/protocol/results';
import type { Context, Handler } from '../context.js';
import { describeStuck } from '../main-thread/stuck.js';
import { unload } from '../unload.js';

/** An event loop that turns lets go of the inspector within a moment, on a busy machine within this. */
const letGoMs = 500;

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
  const shared = parseWhole('shared', asked.params.get('shared'), { min: 0, max: 1, fallback: 0 }) === 1;
  const about = {
    schema: 'nops.detach/1',
    pid: process.pid,
    way: 'agent',
    agent: context.start.version,
    attached: context.start.attached,
  } as const;
  // The one who asks holds it too.
  if (shared && context.lease.holders > 1) {
    const notes = ['another nops uses the agent: it is left there, and goes with the last one'];
    return { type: 'json', value: { ...about, notes, mainThread: 'left', kept: true } satisfies DetachResult };
  }
  const left = await unload(context);
  const end = setTimeout(() => context.presence.end(), answerMs);
  asked.signal.addEventListener('abort', () => {
    clearTimeout(end);
    context.presence.end();
  });
  const mainThread = left ? 'left' : 'later';
  return {
    type: 'json',
    value: { ...about, notes: await notes(left, context), mainThread } satisfies DetachResult,
  };
};

/** What goes later, and when; an event loop that comes round has let go of the inspector within a moment. */
async function notes(left: boolean, context: Context): Promise<string[]> {
  for (let waitedMs = 0; waitedMs < letGoMs && !context.main.hasLetGo; waitedMs += 5) await sleep(5);
  const thread = context.main.hasLetGo ? [] : ['the agent’s own thread'];
  const rest = left ? thread : ['the heartbeat and the exit hook there', ...thread];
  if (rest.length === 0) return [];
  return [`${describeStuck(context)}; once it has let go of the inspector, this goes too: ${rest.join(', ')}`];
}
