/**
 * Who answers, and who was meant. Each answer of an agent names its process; a request for a process that the client knows names that
 * one, and an agent in another process refuses it before it does anything. A name is `<pid> <start time>`, as the process sees itself.
 */

/** Header of every answer to a request that was let in. */
export const answeredByHeader = 'nops-process';
/** Header of a request for a known process. */
export const meantForHeader = 'nops-for';
/** HTTP 421 Misdirected Request: of a request that is meant for another process. */
export const misdirectedStatus = 421;

export interface ProcessName {
  /** In the process's own pid namespace. */
  pid: number;
  /** Clock ticks from boot to the start of the process, as in proc_pid_stat(5), field 22. */
  startTime: string;
}

export function formatProcessName({ pid, startTime }: ProcessName): string {
  return `${pid} ${startTime}`;
}

/** undefined for what no agent writes, a header given twice included. */
export function parseProcessName(text: unknown): ProcessName | undefined {
  const match = typeof text === 'string' ? /^(\d{1,10}) (\d{1,20})$/.exec(text) : null;
  return match === null ? undefined : { pid: Number(match[1]), startTime: String(match[2]) };
}
