/** Which processes may be stopped for a moment, and what the one who asks should know first. */

import { NopsError } from '@nops/core/protocol/errors';
import { orUndefined, readStat, tryReadText } from '../procfs.js';

/** A chain of parents longer than this is cut: pids may be reused while we climb. */
const maxClimb = 64;

const shells = new Set([
  'ash',
  'bash',
  'csh',
  'dash',
  'elvish',
  'fish',
  'ksh',
  'mksh',
  'nu',
  'pwsh',
  'sh',
  'tcsh',
  'zsh',
]);

/** Throws `usage` for process 1 of our pid namespace, for ourselves and for those we descend from; `no-target`. */
export function checkMayStop(pid: number): void {
  if (pid === 1) {
    throw refuse('process 1 is not stopped: the kernel keeps it from being stopped in its own pid namespace');
  }
  if (pid === process.pid) throw refuse('nops does not stop itself');
  readStat(pid);
  if (isAncestor(pid)) {
    throw refuse(`process ${pid} started nops: stopping it could stop the terminal or the job that nops runs in`);
  }
}

function refuse(message: string): NopsError {
  return new NopsError(
    'usage',
    message,
    'Leave --stop out: the callers of a running function are right without it too.',
  );
}

function isAncestor(pid: number): boolean {
  let at = process.pid;
  for (let step = 0; step < maxClimb && at > 1; step++) {
    at = orUndefined(() => readStat(at).ppid) ?? 0;
    if (at === pid) return true;
  }
  return false;
}

/** Whether it may be stopped, and nobody is told. */
export function stopsUnnoticed(pid: number): boolean {
  return pid !== 1 && pid !== process.pid && !isAncestor(pid) && stopNotes(pid).length === 0;
}

/** What stopping `pid` may show elsewhere, as sentences: a shell with job control is told by the kernel when its child stops. */
export function stopNotes(pid: number): string[] {
  const { ppid } = readStat(pid);
  const shell = orUndefined(() => readStat(ppid).comm);
  if (shell === undefined || !shells.has(shell.replace(/^-/, '')) || !hasTerminal(ppid)) return [];
  return [`Its parent, process ${ppid} (${shell}), is a shell on a terminal: it may report the process as stopped.`];
}

/** tty_nr, field 7 of proc_pid_stat(5): 0 without a controlling terminal. */
function hasTerminal(pid: number): boolean {
  const line = tryReadText(pid, 'stat') ?? '';
  const terminal = line.slice(line.lastIndexOf(')') + 2).split(' ')[4];
  return terminal !== undefined && terminal !== '0';
}
