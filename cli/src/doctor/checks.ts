/** The checks of `nops doctor`, in the order in which they are shown. None of them changes anything. */

import type { DoctorCheck } from '@nops/core/protocol/machine-results';
import type { Environment } from '../env.js';
import { checkFolders } from './folders.js';
import { checkHidePid, checkProc, checkProcesses, checkTracing } from './linux.js';
import { checkBrowser, checkGo } from './tools.js';

/** Essential ones first; where there is no /proc, what needs it is left out. */
export async function checkMachine(environment: Environment): Promise<DoctorCheck[]> {
  const always = [checkNode(), checkPlatform(), checkUser()];
  const linux =
    process.platform === 'linux'
      ? [checkProc(), checkHidePid(), await checkTracing(), checkProcesses(environment.folder)]
      : [];
  return [...always, ...linux, checkFolders(environment.folder), checkBrowser(), checkGo()];
}

/** package.json, "engines". */
const oldest = [20, 19] as const;

function checkNode(): DoctorCheck {
  const { node } = process.versions;
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const fine = major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
  return {
    name: 'node',
    status: fine ? 'ok' : 'broken',
    seen: `${node} runs nops`,
    means: `nops needs Node ${oldest.join('.')} or newer; the processes it looks at may be older.`,
    fix: fine ? null : 'Install a newer Node.',
  };
}

function checkPlatform(): DoctorCheck {
  const { platform, arch } = process;
  const seen = `${platform} ${arch}`;
  if (platform === 'linux' && arch === 'x64') {
    return { name: 'platform', status: 'ok', seen, means: 'All ways to look are built for it.', fix: null };
  }
  return {
    name: 'platform',
    status: 'limited',
    seen,
    means:
      platform === 'linux'
        ? 'System calls are named, and stacks, async functions and a way in without an agent to be had, on x86-64 only.'
        : 'Only Linux has /proc: processes are not listed, and are reached by their agents’ sockets and addresses.',
    fix: 'Load @nops/agent in the process, and give its address as the target.',
  };
}

function checkUser(): DoctorCheck {
  const uid = process.geteuid?.();
  const root = uid === 0;
  return {
    name: 'user',
    status: root || uid === undefined ? 'ok' : 'limited',
    seen: root ? 'root: every user’s processes can be read' : `uid ${uid ?? 'unknown'}`,
    means: 'Only your own processes can be read; of others only that they exist.',
    fix: root ? null : 'For all processes: sudo nops …',
  };
}
