/**
 * Reads /proc/PID: the only door through which `beside` sees a process. Synchronous reads; nothing is opened for writing, nothing
 * is traced, nothing is signalled. Source of all formats: proc(5) and the pages proc_pid_*(5).
 */

import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { NopsError } from '@nops/core/protocol/errors';
import { readStart, readUpTo } from './read-bounded.js';
import { parseStat, parseStatus, type Stat, type Status } from './stat.js';

/**
 * The folder of process `pid`. For this process it is /proc/self: a thread may read its own process's files also where the kernel
 * refuses them to every other process (Yama, non-dumpable).
 */
export function procPath(pid: number): string {
  return pid === process.pid ? '/proc/self' : `/proc/${pid}`;
}

/** Throws `impossible` anywhere but on Linux. */
export function requireLinux(): void {
  if (process.platform === 'linux') return;
  throw new NopsError(
    'impossible',
    `looking at a process from beside needs /proc, which is Linux only; this is ${process.platform}`,
    'Load @nops/agent in the process, or start it with --inspect: both work on every platform.',
  );
}

/** Of what the kernel lists of one process: 65,530 mappings, the most by default, have some 6 MB unless their paths are long on purpose. */
const maxListBytes = 8 << 20;

/**
 * The text of `/proc/PID/<name>`. Throws `no-target` when the process is gone, `no-permission` when the kernel refuses,
 * `impossible` when this is not Linux, or when it is too long to be read.
 */
export function readText(pid: number, name: string): string {
  return orExplain(pid, name, () => readProcFile(`${procPath(pid)}/${name}`));
}

/** Like `readText`, but undefined where the file is absent or refused: for what an answer can do without. */
export function tryReadText(pid: number, name: string): string | undefined {
  return orUndefined(() => readProcFile(`${procPath(pid)}/${name}`));
}

/** The text of a file in /proc. Throws what the kernel refuses, and `impossible` when it has more than 8 MB. */
export function readProcFile(path: string): string {
  const file = openSync(path, 'r');
  try {
    const bytes = readUpTo(file, maxListBytes);
    if (bytes === undefined) throw new NopsError('impossible', `${path} has more than ${maxListBytes >> 20} MB`);
    return bytes.toString('utf8');
  } finally {
    closeSync(file);
  }
}

/**
 * The first `maxBytes` of what `pid` has as its `cmdline` or `environ`: both are in its own memory, wherever and however long it says, with
 * prctl(2), PR_SET_MM. Throws like `readText`.
 */
export function readWords(pid: number, name: 'cmdline' | 'environ'): string {
  return orExplain(pid, name, () => {
    const file = openSync(`${procPath(pid)}/${name}`, 'r');
    try {
      return readStart(file, maxWordBytes).toString('utf8');
    } finally {
      closeSync(file);
    }
  });
}

/** Arguments and environment together have 2 MB at most with the usual limit of the stack: execve(2). */
const maxWordBytes = 2 << 20;

/** The target of the link `/proc/PID/<name>`; undefined where it is absent or refused. */
export function tryReadLink(pid: number, name: string): string | undefined {
  return orUndefined(() => readlinkSync(`${procPath(pid)}/${name}`));
}

/** The names in `/proc/PID/<name>/` that are numbers (threads, descriptors), ascending. Throws like `readText`. */
export function listNumbers(pid: number, name: string): number[] {
  return orExplain(pid, name, () => numbersOf(readdirSync(`${procPath(pid)}/${name}`)));
}

/** The id of the thread that asks; undefined where there is no /proc. `/proc/thread-self` leads to `<pid>/task/<tid>`. */
export function ownThreadId(): number | undefined {
  const link = orUndefined(() => readlinkSync('/proc/thread-self'));
  return link === undefined ? undefined : Number(link.split('/').at(-1));
}

/** All process ids in /proc, ascending. Threads are not listed there. Throws `impossible` when this is not Linux. */
export function listPids(): number[] {
  requireLinux();
  return numbersOf(readdirSync('/proc'));
}

function numbersOf(names: string[]): number[] {
  return names
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

/** True while `/proc/PID` exists (a zombie's does). */
function exists(pid: number): boolean {
  return orUndefined(() => statSync(procPath(pid))) !== undefined;
}

/** errno of a failed system call; undefined for other errors (node's own have codes like ERR_OUT_OF_RANGE). */
export function errnoOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^E(?!RR_)[A-Z0-9]+$/.test(code) ? code : undefined;
}

/** Runs `read`; undefined when it fails with an errno (the process vanished, or the kernel refuses). Other errors are bugs. */
export function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (errnoOf(error) === undefined && !(error instanceof NopsError)) throw error;
    return undefined;
  }
}

/** Runs `read`; an errno becomes the NopsError that says what happened to process `pid` and what to do. */
export function orExplain<T>(pid: number, name: string, read: () => T): T {
  requireLinux();
  try {
    return read();
  } catch (error) {
    throw explain(error, pid, name);
  }
}

function explain(error: unknown, pid: number, name: string): unknown {
  const errno = errnoOf(error);
  if (errno === 'ENOENT' || errno === 'ESRCH') {
    if (!exists(pid)) return new NopsError('no-target', `no process ${pid}`, 'Run nops to list the Node.js processes.');
    return new NopsError(
      'impossible',
      `process ${pid} has no /proc/${pid}/${name}: it is ending, or the kernel lacks it`,
    );
  }
  if (errno === 'EACCES' || errno === 'EPERM') return noPermission(pid, name);
  return error;
}

/** The `no-permission` error for `/proc/PID/<name>`, whose `next` says what would grant it on this machine. */
export function noPermission(pid: number, name: string): NopsError {
  const agent = 'or ask an agent: start the process with @nops/agent';
  const message = `not allowed to read /proc/${pid}/${name}`;
  const owner = orUndefined(() => statSync(`/proc/${pid}`).uid);
  const own = process.geteuid?.();
  if (owner !== undefined && owner !== own) {
    return new NopsError(
      'no-permission',
      `${message}: it belongs to uid ${owner}, you are uid ${own ?? 'unknown'}`,
      `Run nops as the same user (uid ${owner}) or with sudo, ${agent}.`,
    );
  }
  const scope = yamaScope();
  const reason = scope === 0 ? '' : ` (kernel.yama.ptrace_scope is ${scope})`;
  const relax = scope === 0 ? '' : ', or relax Yama (sudo sysctl kernel.yama.ptrace_scope=0)';
  return new NopsError(
    'no-permission',
    `${message}: the kernel lets only root do so${reason}`,
    `Run nops with sudo${relax}, ${agent}.`,
  );
}

/** How far Yama restricts reading other processes; 0 when it does not. Documentation/admin-guide/LSM/Yama.rst. */
function yamaScope(): number {
  return Number(orUndefined(() => readFileSync('/proc/sys/kernel/yama/ptrace_scope', 'utf8')) ?? 0);
}

/** The stat line of process `pid`, or of its thread `tid`. Throws like `readText`. */
export function readStat(pid: number, tid?: number): Stat {
  return parseStat(readText(pid, tid === undefined ? 'stat' : `task/${tid}/stat`));
}

/** The status of process `pid` (its main thread), or of its thread `tid`. Throws like `readText`. */
export function readStatus(pid: number, tid?: number): Status {
  return parseStatus(readText(pid, tid === undefined ? 'status' : `task/${tid}/status`));
}
