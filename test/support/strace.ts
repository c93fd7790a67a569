/** Runs a program under strace(1) and tells what it did to another process: nothing that writes, signals, traces or stops may be there. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** For `skip` of a test: strace is not everywhere, and not every container lets a process be traced. */
export const needsStrace =
  spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0 ? false : 'needs strace, and the right to trace';

/** The calls that could touch another process, and those that write. */
const traced = [
  'ptrace,kill,tkill,tgkill,rt_sigqueueinfo,rt_tgsigqueueinfo,pidfd_open,pidfd_send_signal,pidfd_getfd',
  'process_vm_writev,process_madvise,process_mrelease,prlimit64,setpriority,sched_setaffinity,sched_setscheduler,move_pages,migrate_pages',
  'open,openat,openat2,creat,truncate,ftruncate,write,writev,pwrite64,pwritev,pwritev2,sendfile,splice,copy_file_range',
].join(',');

export interface Traced {
  code: number | null;
  stdout: string;
  stderr: string;
  /** One call on each, as strace writes them: `[pid 7] openat(AT_FDCWD</>, "/proc/42/stat", O_RDONLY|O_CLOEXEC) = 17</proc/42/stat>`. */
  calls: string[];
}

const deadlineMs = 60_000;

/** Runs it to its end, with all its children. */
export function strace(program: string, args: string[], env: NodeJS.ProcessEnv = process.env): Traced {
  const folder = mkdtempSync(join(tmpdir(), 'nops-strace-'));
  const log = join(folder, 'log');
  try {
    const options = ['-f', '-qq', '-y', '-s', '256', '-o', log, '-e', `trace=${traced}`, '-e', 'signal=none'];
    const { status, stdout, stderr } = spawnSync('strace', [...options, program, ...args], {
      env,
      encoding: 'utf8',
      timeout: deadlineMs,
      killSignal: 'SIGKILL',
      maxBuffer: 64 << 20,
    });
    return { code: status, stdout, stderr, calls: readFileSync(log, 'utf8').split('\n').filter(Boolean) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Thread ids of a process, its own among them. */
export function tidsOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).map(Number);
}

/** Those of `calls` that touch the process with the threads `tids`, or write to any file in /proc. */
export function touches(calls: string[], tids: number[]): string[] {
  return calls.filter(call => isTouch(call, new Set(tids)));
}

const always = new Set([
  'ptrace',
  'process_vm_writev',
  'process_madvise',
  'process_mrelease',
  'pidfd_getfd',
  'pidfd_send_signal',
]);
const writes = new Set([
  'write',
  'writev',
  'pwrite64',
  'pwritev',
  'pwritev2',
  'ftruncate',
  'sendfile',
  'splice',
  'copy_file_range',
]);

function isTouch(line: string, tids: Set<number>): boolean {
  const match = /^(?:\d+ +)?(?:<\.\.\. )?(\w+)[( ](.*)$/.exec(line);
  if (match === null) return false;
  const [, name = '', rest = ''] = match;
  if (always.has(name)) return true;
  if (name.startsWith('open') || name === 'creat' || name === 'truncate') {
    const inProc = /"\/proc\//.test(rest) || /^\d+<\/proc\//.test(rest);
    return inProc && (!name.startsWith('open') || /O_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND)/.test(rest));
  }
  // Where it is written to is the first descriptor; of the last two calls the second.
  if (writes.has(name))
    return /^\d+<\/proc\//.test(rest) || (/^(?:splice|copy)/.test(name) && /, \d+<\/proc\//.test(rest));
  const numbers = rest.replace(/\).*$/, '').match(/-?\d+/g)?.map(Number) ?? [];
  if (name === 'prlimit64') return tids.has(numbers[0] ?? 0) && !/^\d+, \w+, NULL/.test(rest);
  return numbers.slice(0, 2).some(number => tids.has(Math.abs(number)));
}
