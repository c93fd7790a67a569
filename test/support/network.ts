/** A network of its own for a test: other tests run processes of other users meanwhile, who could connect to what it opens. */

import { spawn, spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { until } from './target.js';

/** For `skip` of a test. */
export const needsNetwork =
  spawnSync('unshare', ['-n', 'ip', 'link', 'set', 'lo', 'up']).status === 0
    ? false
    : 'needs unshare(1), ip(8), and the right to make namespaces';

/** The words to start a command with that is to run in a new network with loopback alone; gone with the test. */
export async function ownNetwork(t: TestContext): Promise<string[]> {
  const holder = spawn('unshare', ['-n', 'sh', '-c', 'ip link set lo up && exec sleep 600'], { stdio: 'ignore' });
  t.after(() => holder.kill('SIGKILL'));
  const path = `/proc/${holder.pid}/ns/net`;
  const ours = readlinkSync('/proc/self/ns/net');
  const enter = ['nsenter', `--net=${path}`, '--'];
  await until(
    () => {
      if (readlinkSync(path) === ours) return undefined;
      return spawnSync(enter[0] ?? '', [...enter.slice(1), 'ip', 'link', 'show', 'lo'], {
        encoding: 'utf8',
      }).stdout.includes('UP')
        ? true
        : undefined;
    },
    () => 'a network of its own',
  );
  return enter;
}
