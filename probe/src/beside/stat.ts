/** What /proc/PID/stat and /proc/PID/status say: proc_pid_stat(5), proc_pid_status(5). */

export interface Stat {
  /** The thread's name, at most 15 bytes; it may hold spaces and parentheses. */
  comm: string;
  /** One letter: R running, S sleeping, D disk sleep, T and t stopped, Z zombie, X dead, I idle kernel thread. */
  state: string;
  ppid: number;
  kernelThread: boolean;
  /** CPU time in user and kernel mode in clock ticks (see clock.ts). Of a process: all its threads, ended ones too. */
  utimeTicks: number;
  stimeTicks: number;
  threads: number;
  /** Clock ticks since boot, as decimal text so that it compares exactly. */
  startTime: string;
  rssPages: number;
}

export interface Status {
  uid: { real: number; effective: number; saved: number; fileSystem: number };
  /** The process's id in each pid namespace, outermost (the one of this /proc) first. */
  nsPid: number[];
  /** Blocked signals of the thread: bit n-1 stands for signal n. */
  blocked: bigint;
  /** Resident memory; null for kernel threads and zombies. */
  rssBytes: number | null;
}

/** PF_KTHREAD, include/linux/sched.h. */
const kernelThreadFlag = 0x00200000;

/** Parses a line of /proc/PID/stat. The name is what stands between the first `(` and the last `)`. */
export function parseStat(line: string): Stat {
  const open = line.indexOf('(');
  const close = line.lastIndexOf(')');
  if (open < 0 || close < open) throw new Error(`this is no stat line: ${JSON.stringify(line)}`);
  const fields = line.slice(close + 2).split(' ');
  const field = (number: number): string => fields[number - 3] ?? '0'; // the first after the name is field 3
  return {
    comm: line.slice(open + 1, close),
    state: field(3),
    ppid: Number(field(4)),
    kernelThread: (Number(field(9)) & kernelThreadFlag) !== 0,
    utimeTicks: Number(field(14)),
    stimeTicks: Number(field(15)),
    threads: Number(field(20)),
    startTime: field(22),
    rssPages: Number(field(24)),
  };
}

/** Parses /proc/PID/status. A name can't fake a line: the kernel writes a newline in it as `\n`. */
export function parseStatus(text: string): Status {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) values.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const numbers = (key: string): number[] => (values.get(key) ?? '').split(/\s+/).filter(Boolean).map(Number);
  const [real = 0, effective = real, saved = effective, fileSystem = effective] = numbers('Uid');
  const nsPid = numbers('NSpid');
  const rss = numbers('VmRSS')[0];
  return {
    uid: { real, effective, saved, fileSystem },
    nsPid: nsPid.length > 0 ? nsPid : numbers('Pid'), // NSpid came with Linux 4.1
    blocked: BigInt(`0x${values.get('SigBlk') ?? '0'}`),
    rssBytes: rss === undefined ? null : rss * 1024,
  };
}
