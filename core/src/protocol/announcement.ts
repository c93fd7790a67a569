/**
 * How an agent is found: one small JSON file in a private folder of the process's user.
 *
 *   /run/user/<uid>/nops/      (mode 0700, owned by <uid>, not a link; else /tmp/nops-<uid>/, else /dev/shm/nops-<uid>/)
 *     nops-<pid>-<start>.json  the announcement below (0600)
 *     nops-<pid>-<start>.sock  the socket (0600)
 *
 * `start` is the kernel's start time of the process in clock ticks since boot (proc_pid_stat(5), field 22), so that a reused pid is
 * never mistaken for the process that announced itself.
 */

export interface Announcement {
  schema: 'nops.agent/1';
  /** As the process sees itself: in another pid namespace this is not the host's pid. */
  pid: number;
  startTime: string;
  socketPath: string;
  /** Service name, when one was given. */
  name: string | null;
  node: string;
  agent: string;
  /** The kernel's id of the agent's own thread, as the process sees it; absent elsewhere than on Linux. */
  workerTid?: number;
  /** Loaded by `nops attach` into a process that had none, so `nops detach` may unload it. Absent when the app loads it. */
  attached?: true;
  /** It unloads itself when nobody holds its lease any more (endpoint `lease`). */
  leased?: true;
}

/** `nops-<pid>-<start>`, without an ending. */
export function announcementName(pid: number, startTime: string): string {
  return `nops-${pid}-${startTime}`;
}

/** The pid and start time in a file name made by `announcementName`; undefined for other files. */
export function parseAnnouncementName(fileName: string): { pid: number; startTime: string } | undefined {
  const match = /^nops-(\d{1,10})-(\d{1,20})\.(?:json|sock)$/.exec(fileName);
  return match === null ? undefined : { pid: Number(match[1]), startTime: String(match[2]) };
}

/** The folders where an agent of `uid` announces itself, best first. In a container whose files are read-only the last can be written to. */
export function announcementFolders(uid: number): string[] {
  return [`/run/user/${uid}/nops`, `/tmp/nops-${uid}`, `/dev/shm/nops-${uid}`];
}

/** struct sockaddr_un holds 108 bytes with the final NUL; libuv silently cuts what is longer and listens elsewhere. */
export const maxSocketPathBytes = 107;

/** A path has at most 4096 bytes (PATH_MAX); a service's name and versions are shorter by far. */
const maxTextLength = 4096;

/** The announcement in `text`, with its known fields and no others; undefined when it is not one. Its names may be anything. */
export function parseAnnouncement(text: string): Announcement | undefined {
  const value = parseObject(text);
  if (value === undefined || value['schema'] !== 'nops.agent/1') return undefined;
  const { pid, startTime, socketPath, name, node, agent, workerTid } = value;
  if (!isCount(pid) || !isText(startTime) || !/^\d{1,20}$/.test(startTime)) return undefined;
  if (!isText(socketPath) || socketPath.includes('\0') || !isText(node) || !isText(agent)) return undefined;
  return {
    schema: 'nops.agent/1',
    ...{ pid, startTime, socketPath, node, agent },
    name: isText(name) ? name : null,
    ...(isCount(workerTid) ? { workerTid } : {}),
    ...(value['attached'] === true ? { attached: true } : {}),
    ...(value['leased'] === true ? { leased: true } : {}),
  };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= maxTextLength;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
