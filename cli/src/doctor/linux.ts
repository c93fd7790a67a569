/** Checks of what the kernel lets us see, tried on processes of our own. */

import { NopsError } from '@nops/core/protocol/errors';
import type { DoctorCheck } from '@nops/core/protocol/machine-results';
import { canReadProc, hidePid, tryTracing, yamaScope } from '@nops/probe/beside/machine';
import { nodeProcesses } from '../beside/list.js';

const relaxYama = 'sudo sysctl kernel.yama.ptrace_scope=0, or run nops with sudo, or load @nops/agent in the process';

export function checkProc(): DoctorCheck {
  const fine = canReadProc();
  return {
    name: '/proc',
    status: fine ? 'ok' : 'broken',
    seen: fine ? 'can be read' : 'can’t be read',
    means: 'No process of this machine can be listed or looked at without its agent.',
    fix: fine ? null : 'Mount it: mount -t proc proc /proc',
  };
}

export function checkHidePid(): DoctorCheck {
  const hidden = hidePid();
  const fine = ['0', 'off'].includes(hidden) || process.geteuid?.() === 0;
  return {
    name: 'hidepid',
    status: fine ? 'ok' : 'limited',
    seen: hidden,
    means: 'Other users’ processes are hidden from you.',
    fix: fine ? null : 'Run nops with sudo, or as a member of the group that /proc is mounted with (gid=).',
  };
}

export async function checkTracing(): Promise<DoctorCheck> {
  const scope = yamaScope();
  const yama = scope === null ? 'no Yama' : `kernel.yama.ptrace_scope is ${scope}`;
  const common = {
    name: 'ptrace rights',
    means: 'System calls, memory and descriptors of processes that you did not start can’t be read from beside.',
  };
  try {
    const { child, stranger } = await tryTracing();
    const seen = `tried: a child ${tell(child)}, another process of yours ${tell(stranger)} (${yama})`;
    const fine = child === null && stranger === null;
    return { ...common, status: fine ? 'ok' : 'limited', seen, fix: fine ? null : relaxYama };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ...common, status: 'limited', seen: `could not be tried: ${why} (${yama})`, fix: relaxYama };
  }
}

function tell(errno: string | null): string {
  return errno === null ? 'can be read' : `can't (${errno})`;
}

export function checkProcesses(folder: string | undefined): DoctorCheck {
  const name = 'processes';
  const means = 'nops lists what it can read.';
  try {
    const { processes, skipped } = nodeProcesses(folder);
    const agents = processes.filter(({ agent }) => agent !== null).length;
    const hidden = skipped.flatMap(({ pids }) => pids).length;
    return {
      name,
      status: hidden === 0 ? 'ok' : 'limited',
      seen: `${processes.length} of Node's can be read, ${agents} with an agent${hidden === 0 ? '' : `; ${hidden} can't`}`,
      means,
      fix: hidden === 0 ? null : 'sudo nops',
    };
  } catch (error) {
    if (!(error instanceof NopsError)) throw error;
    return { name, status: 'broken', seen: error.message, means, fix: error.next ?? null };
  }
}
