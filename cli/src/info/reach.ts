/** What each way to look can reach in a process, and why not: told by `nops <pid>`. */

import type { InfoReach } from '@nops/core/protocol/info-parts';
import type { InfoResult } from '@nops/core/protocol/results';
import { canSeeMemory } from '@nops/probe/beside/access';
import { noPermission } from '@nops/probe/beside/procfs';
import { objectionAtAGlance } from '@nops/probe/through/at-a-glance';
import type { Found } from '../target/found.js';

/** `told` is the agent's answer, when there is one; `trouble` why an agent that is there did not answer. */
export function reachOf(target: Found, told: InfoResult | undefined, trouble: string | undefined): InfoReach[] {
  return [besideReach(target), agentReach(told, trouble), throughReach(target, told)];
}

function besideReach({ process: identity }: Found): InfoReach {
  if (identity === undefined) {
    return {
      way: 'beside',
      works: false,
      why: 'it is known by its agent only: not on this machine, or another user’s',
    };
  }
  if (canSeeMemory(identity.pid)) {
    return {
      way: 'beside',
      works: true,
      why: 'its threads, system calls, sockets and descriptors can be read in /proc, and its memory: stacks, async functions',
    };
  }
  const { message, next } = noPermission(identity.pid, 'mem');
  return { way: 'beside', works: false, why: `states, CPU and memory only; ${message}. ${next ?? ''}`.trim() };
}

function agentReach(told: InfoResult | undefined, trouble: string | undefined): InfoReach {
  if (told?.agent != null) return { way: 'agent', works: true, why: `agent ${told.agent} answers` };
  return { way: 'agent', works: false, why: trouble ?? 'no agent answers in it' };
}

function throughReach({ process: identity }: Found, told: InfoResult | undefined): InfoReach {
  if (told !== undefined) {
    return { way: 'through', works: true, why: 'the agent talks to the inspector in the process: no port, no signal' };
  }
  if (identity === undefined) return { way: 'through', works: false, why: 'it is not on this machine' };
  if (!canSeeMemory(identity.pid)) {
    return { way: 'through', works: false, why: 'its memory can’t be read, to see whether a signal could do harm' };
  }
  const objection = objectionAtAGlance(identity.pid);
  return objection === undefined
    ? {
        way: 'through',
        works: true,
        why: 'nothing seen at a glance speaks against it: nops attach looks closer, and opens the inspector by a signal',
      }
    : { way: 'through', works: false, why: objection };
}
