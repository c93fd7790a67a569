/** Who a process is: command, user, script, package, service. Read from /proc; nothing in the process is asked. */

import { basename } from 'node:path';
import { type Command, parseCommand, parseCommandLine } from './command-line.js';
import { rootPrefix } from './namespaces.js';
import { readStat, readStatus, readWords, tryReadLink, tryReadText } from './procfs.js';
import { findPackageName, findScript } from './script-file.js';
import { scriptName } from './script-name.js';
import { userName } from './users.js';

export interface Identity {
  pid: number;
  ppid: number;
  /** The pid as the process itself sees it: innermost pid namespace. */
  nsPid: number;
  /** Clock ticks since boot, as decimal text. */
  startTime: string;
  /** Effective user. */
  uid: number;
  user: string | null;
  /** As started; one word when process.title was set. */
  argv: string[];
  /** What process.title was set to. */
  title: string | null;
  /** Path of the executable, null when not readable. */
  exe: string | null;
  cwd: string | null;
  /** Absolute path as the process sees it; null without a script or when it is not to be found. */
  script: string | null;
  packageName: string | null;
  /** What to call it: title, else from the script, else what node runs (`node -e`, `node (REPL)`). Never empty. */
  name: string;
  /** Its systemd service without `.service`; null when it is in none. */
  service: string | null;
}

/** Who `pid` is. What can't be read is null; only stat, status and cmdline must be readable. Throws `no-target`, `impossible`. */
export function readIdentity(pid: number): Identity {
  const { ppid, startTime, comm } = readStat(pid);
  const { uid, nsPid } = readStatus(pid);
  const { argv, title } = parseCommandLine(readWords(pid, 'cmdline'));
  const cwd = tryReadLink(pid, 'cwd')?.replace(/ \(deleted\)$/, '') ?? null;
  const command = commandOf(argv, title);
  const root = rootPrefix(pid);
  const script = command?.kind === 'script' ? findScript(command.path, cwd, root) : null;
  const packageName = script === null ? null : findPackageName(script, root);
  return {
    pid,
    ppid,
    nsPid: nsPid.at(-1) ?? pid,
    startTime,
    uid: uid.effective,
    user: userName(uid.effective),
    argv,
    title,
    exe: tryReadLink(pid, 'exe')?.replace(/ \(deleted\)$/, '') ?? null,
    cwd,
    script,
    packageName,
    name: nameOf(command, script, packageName, pid) ?? title ?? argv[0] ?? comm,
    service: parseService(tryReadText(pid, 'cgroup') ?? ''),
  };
}

/** A title that reads like a command line (pm2 sets `node /srv/app.js`) is one; any other title is a name of its own. */
function commandOf(argv: string[], title: string | null): Command | undefined {
  if (title === null) return argv.length === 0 ? undefined : parseCommand(argv);
  const words = title.split(' ').filter(Boolean);
  if (words.length < 2 || !/^node(js)?$/.test(basename(words[0] ?? ''))) return undefined;
  const command = parseCommand(words);
  return command.kind === 'script' && command.path.startsWith('/') ? command : undefined;
}

function nameOf(
  command: Command | undefined,
  script: string | null,
  packageName: string | null,
  pid: number,
): string | undefined {
  switch (command?.kind) {
    case undefined:
      return undefined;
    case 'script':
      return scriptName(script ?? command.path, packageName);
    case 'eval':
      return 'node -e';
    case 'test':
      return 'node --test';
    case 'run':
      return `node --run ${command.script}`;
    case 'stdin':
      return 'node (stdin)';
    case 'repl':
      return readsTerminal(pid) ? 'node (REPL)' : 'node (stdin)';
  }
}

/** Node without a script is a REPL on a terminal, and runs its standard input otherwise. Unknown counts as a terminal. */
function readsTerminal(pid: number): boolean {
  const input = tryReadLink(pid, 'fd/0');
  return input === undefined || /^\/dev\/(?:pts\/|tty|console)/.test(input);
}

/**
 * The systemd service in /proc/PID/cgroup (cgroups(7)), without `.service`; null when the process's group is none.
 * `0::/system.slice/checkout.service`, or `1:name=systemd:/system.slice/checkout.service` with cgroup v1.
 */
export function parseService(cgroup: string): string | null {
  for (const line of cgroup.split('\n')) {
    const [, path = ''] = /^\d+:(?:name=systemd)?:(.*)$/.exec(line) ?? [];
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (!name.endsWith('.service') || name === '.service') continue;
    return name
      .slice(0, -'.service'.length)
      .replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
  return null;
}
