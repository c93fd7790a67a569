/**
 * Networks that are not ours: a process in a container has a loopback of its own, and so its inspector. A helper joins its namespace with
 * nsenter(1), which takes CAP_SYS_ADMIN. What stands against that is found before anything is sent: an inspector that nobody can
 * reach can't be closed either.
 */

import { spawnSync } from 'node:child_process';
import { NopsError } from '@nops/core/protocol/errors';
import { sharesNamespace } from '../beside/namespaces.js';
import { procPath, tryReadText } from '../beside/procfs.js';

const checkMs = 5000;
const works = 'what is read from outside still works, such as nops stack';

/** The words that run a command in the network of `pid`: none when it is ours. */
export function networkOf(pid: number): string[] {
  return sharesNamespace(pid, 'net') === false ? ['nsenter', `--net=${procPath(pid)}/ns/net`, '--'] : [];
}

/** Throws `impossible` or `no-permission` when a port of `pid` could not be connected to. */
export function checkNetwork(pid: number): void {
  const [command, ...args] = networkOf(pid);
  if (command === undefined) return;
  if (!hasLoopback(pid)) {
    throw new NopsError(
      'impossible',
      `process ${pid} has a network of its own whose loopback interface is down, so nobody could connect to an inspector there; no signal was sent`,
      `nsenter --net=${procPath(pid)}/ns/net ip link set lo up   brings it up; ${works}.`,
    );
  }
  const { status, error, stderr } = spawnSync(command, [...args, 'true'], { timeout: checkMs, encoding: 'utf8' });
  if (status === 0) return;
  const what = `process ${pid} has a network of its own (a container), and its inspector can only be reached from there`;
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') {
    throw new NopsError(
      'impossible',
      `${what}: that takes nsenter(1), which is not installed; no signal was sent`,
      `Install util-linux, or run nops inside the container; ${works}.`,
    );
  }
  throw new NopsError(
    'no-permission',
    `${what}: ${(stderr ?? '').trim() || error?.message || 'nsenter failed'}; no signal was sent`,
    `Run nops with sudo (it takes CAP_SYS_ADMIN), or inside the container; ${works}.`,
  );
}

/** The routes to our own addresses: 127.0.0.0 is among them when the loopback interface is up (net/ipv4/fib_trie.c). Unknown is taken for yes. */
function hasLoopback(pid: number): boolean {
  const routes = tryReadText(pid, 'net/fib_trie');
  return routes === undefined || /\b127\.0\.0\.[01]\b/.test(routes);
}
