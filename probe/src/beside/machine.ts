/** What this machine lets us see of other processes: the settings, and a real try on processes of our own. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { errnoOf, orUndefined, readProcFile } from './procfs.js';
import { readUsage } from './usage.js';

/** Everything here takes milliseconds; a machine that needs longer has other troubles. */
const deadlineMs = 5_000;

/** kernel.yama.ptrace_scope; null where the kernel has no Yama. Documentation/admin-guide/LSM/Yama.rst. */
export function yamaScope(): number | null {
  const text = orUndefined(() => readFileSync('/proc/sys/kernel/yama/ptrace_scope', 'utf8'));
  return text === undefined ? null : Number(text);
}

/** The mount option `hidepid` of /proc, as written there: `0` or `off` when all processes can be seen. proc(5). */
export function hidePid(): string {
  const mounts = orUndefined(() => readFileSync('/proc/mounts', 'utf8')) ?? '';
  const options =
    mounts
      .split('\n')
      .find(line => line.split(' ')[1] === '/proc')
      ?.split(' ')[3] ?? '';
  return /(?:^|,)hidepid=(\w+)/.exec(options)?.[1] ?? '0';
}

/** Whether /proc/PID of a process started now is all there: state, CPU, memory. */
export function canReadProc(): boolean {
  return orUndefined(() => readUsage(process.pid)) !== undefined;
}

/**
 * Whether the kernel lets us read the memory of a process, which is the ptrace access check (ptrace(2), PTRACE_MODE_ATTACH): of a
 * child of ours, and of one that has been orphaned, as every process that somebody else started is to us. The reason is the errno.
 */
export async function tryTracing(): Promise<{ child: string | null; stranger: string | null }> {
  // The shell starts a process in the background, tells its pid and ends: the process is nobody's child of ours then.
  const shell = spawn('/bin/sh', ['-c', 'sleep 30 >/dev/null 2>&1 & echo $!; read -r line'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: deadlineMs,
  });
  const ended = once(shell, 'close');
  const [line] = (await once(shell.stdout, 'data', { signal: AbortSignal.timeout(deadlineMs) })) as [Buffer];
  const stranger = Number(line.toString().trim());
  const result = { child: whyNotReadable(shell.pid ?? 0), stranger: null as string | null };
  shell.stdin.end('\n');
  await ended;
  result.stranger = whyNotReadable(stranger);
  orUndefined(() => process.kill(stranger, 'SIGKILL'));
  return result;
}

/** null when a byte of its memory could be read; else the errno. */
function whyNotReadable(pid: number): string | null {
  try {
    const maps = readProcFile(`/proc/${pid}/maps`);
    const start = Number.parseInt(maps, 16);
    const file = openSync(`/proc/${pid}/mem`, 'r');
    try {
      readSync(file, Buffer.alloc(1), 0, 1, start);
      return null;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return errno;
  }
}
