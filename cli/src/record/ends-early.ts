/** Ctrl-C in the middle of a recording: the first one keeps what there is, the second discards it. */

import type { AgentClient } from '../agent/client.js';
import type { Context } from '../context.js';

export interface EarlyEnd {
  /** For the recording's request: a name by which it can be ended. */
  params: { id: string };
  hasEnded(): boolean;
  forget(): void;
}

let recordings = 0;

/** The first Ctrl-C ends the recording, and its command goes on with what there is. */
export function endsEarly(context: Context, agent: AgentClient): EarlyEnd {
  const id = `nops-${process.pid}-${++recordings}`;
  let hasEnded = false;
  const forget = context.onInterrupt(() => {
    hasEnded = true;
    context.tell('ending early with what there is; Ctrl-C again discards it');
    agent.call('stopProfile', { id }).catch((error: unknown) => {
      context.tell(`it could not be ended: ${error instanceof Error ? error.message : String(error)}`);
    });
  });
  return { params: { id }, forget, hasEnded: () => hasEnded };
}
