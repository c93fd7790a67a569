/** Processes with a network, pids, files or a root of their own, as in a container: attached to from outside, asked, and left as they were. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { announcementName } from '@nops/core/protocol/announcement';
import type { AttachResult, EvalResult } from '@nops/core/protocol/attach-results';
import type { CpuResult, DetachResult } from '@nops/core/protocol/results';
import { readStat, readStatus } from '@nops/probe/beside/procfs';
import { readListeners } from '@nops/probe/through/listeners';
import { type Ended, nops, nopsPath, run } from '../cli/helpers.js';
import { until, wellProfiled } from '../support/target.js';

const canUnshare = spawnSync('unshare', ['-n', '-m', '-p', '-f', 'ip', 'link', 'set', 'lo', 'up']).status === 0;
const skip = canUnshare ? false : 'needs unshare(1), ip(8), and the right to make namespaces';

/** A root with a node, the libraries that it needs, and an app: nothing else. */
function makeRoot(t: TestContext): string {
  // Not below /tmp, which some of the processes have anew.
  const root = mkdtempSync('/var/tmp/nops-root-');
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const path of ['proc', 'tmp', 'dev/shm']) mkdirSync(join(root, path), { recursive: true });
  const libraries = spawnSync('ldd', [process.execPath], { encoding: 'utf8' }).stdout.match(/\/\S+/g) ?? [];
  for (const path of libraries) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    copyFileSync(path, join(root, path));
  }
  copyFileSync(process.execPath, join(root, 'node'));
  writeFileSync(
    join(root, 'app.cjs'),
    `function busy() { const end = Date.now() + 10; let x = 0; while (Date.now() < end) x += Math.sqrt(x + 1); return x; }
setInterval(busy, 30); console.log('ready');`,
  );
  return root;
}

/** How each is started: `$R` is its root; the end is `exec` of node. */
const lo = 'ip link set lo up;';
const proc = 'mount -t proc proc $R/proc;';
const flags = `--inspect-port=0 ${wellProfiled.join(' ')}`;
const inRoot = `exec chroot $R /node ${flags} /app.cjs`;
const inPlace = `exec $R/node ${flags} $R/app.cjs`;
const readOnly = 'mount --bind $R $R; mount -o remount,ro,bind $R;';
const works: Record<string, [flags: string[], script: string]> = {
  'a network of its own': [['-n'], `${lo} ${inPlace}`],
  'pids of its own': [['-p', '-f', '--mount-proc', '--kill-child'], inPlace],
  'a /tmp of its own': [['-m'], `mount -t tmpfs none /tmp; ${inPlace}`],
  'a root without a file of ours': [['-m'], `${proc} ${inRoot}`],
  'a root that is read-only but for /dev/shm': [
    ['-m'],
    `${readOnly} ${proc} mount -t tmpfs none $R/dev/shm; ${inRoot}`,
  ],
  'network, pids, files and root of its own': [
    ['-n', '-m', '-p', '-f', '--kill-child'],
    `${lo} ${proc} mount -t tmpfs none $R/tmp; ${inRoot}`,
  ],
};

/** Starts it; the pid is that of node, as we see it. */
async function startIn(t: TestContext, [flags, script]: [string[], string]): Promise<number> {
  const root = makeRoot(t);
  const { NOPS_DIR: _, ...env } = process.env;
  const child = spawn('unshare', [...flags, 'sh', '-e', '-c', script], {
    env: { ...env, R: root },
    stdio: ['ignore', 'pipe', 'ignore'],
    cwd: '/',
  });
  const exited = new Promise(resolve => child.once('close', resolve));
  let pid = 0;
  t.after(async () => {
    if (pid > 0) process.kill(pid, 'SIGKILL');
    child.kill('SIGKILL');
    await exited;
  });
  let said = '';
  child.stdout.on('data', chunk => {
    said += chunk;
  });
  await until(
    () => said.includes('ready') || undefined,
    () => 'the app',
  );
  const unshared = child.pid ?? 0;
  const [forked] = readFileSync(`/proc/${unshared}/task/${unshared}/children`, 'utf8').split(' ').map(Number);
  pid = flags.includes('-f') ? (forked ?? 0) : unshared;
  return pid;
}

async function json<Result>(...args: string[]): Promise<Result> {
  const { code, stdout, stderr } = await nops([...args, '--json'], { NOPS_DIR: '' });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Result;
}

/** In its own words: what it listens on, and what there is of ours in its folders. */
async function untouched(pid: number): Promise<void> {
  await until(
    () => readListeners(pid).own.size === 0 || undefined,
    () => `no listener: ${[...readListeners(pid).own]}`,
  );
  // Another test's process may have the same folder, and the same number in a namespace of its own.
  const inner = readStatus(pid).nsPid.at(-1) ?? pid;
  const { startTime } = readStat(pid);
  const left = [`/proc/${pid}/root/tmp/nops-0`, `/proc/${pid}/root/dev/shm/nops-0`].flatMap(folder => {
    try {
      return readdirSync(folder).filter(name => name.startsWith(`${announcementName(inner, startTime)}.`));
    } catch {
      return [];
    }
  });
  assert.deepEqual(left, []);
  assert.doesNotThrow(() => process.kill(pid, 0));
}

async function refused(pid: number, command: Ended, code: number, why: RegExp): Promise<void> {
  assert.equal(command.code, code, command.stderr);
  assert.match(command.stderr, why);
  assert.match(command.stderr, /next: /);
  await untouched(pid);
}

// Most of it is waiting.
describe('namespaces', { concurrency: 3, skip }, () => {
  for (const [what, how] of Object.entries(works)) {
    test(`${what}: attach, cpu, eval and detach answer from outside, and nothing is left`, async t => {
      const pid = await startIn(t, how);
      const attached = await json<AttachResult>('attach', String(pid));
      assert.equal(attached.already, false);
      const profile = await json<CpuResult>('cpu', String(pid), '-s', '1');
      assert.ok(
        profile.samples > 0 && profile.top.some(entry => /busy|anonymous/.test(entry.function)),
        JSON.stringify(profile.top),
      );
      const { value } = await json<EvalResult>('eval', String(pid), '6 * 7', '--run-in-process');
      assert.equal(String(value), '42');
      assert.equal((await json<DetachResult>('detach', String(pid))).attached, true);
      await untouched(pid);
    });
  }

  test('a network whose loopback is down: nothing is sent, and what would help is told', async t => {
    const pid = await startIn(t, [['-n'], inPlace]);
    await refused(
      pid,
      await nops(['attach', String(pid)]),
      6,
      /loopback interface is down[\s\S]*no signal was sent[\s\S]*ip link set lo up/,
    );
  });

  test('a root that is read-only everywhere: the folders that were tried are told', async t => {
    const pid = await startIn(t, [['-m'], `${readOnly} ${proc} ${inRoot}`]);
    await refused(pid, await nops(['attach', String(pid)], { NOPS_DIR: '' }), 6, /EROFS: read-only file system/);
  });

  test('a root without /proc: no agent, but eval answers', async t => {
    const pid = await startIn(t, [['-m'], inRoot]);
    await refused(pid, await nops(['attach', String(pid)], { NOPS_DIR: '' }), 6, /sees no \/proc/);
    const { value } = await json<EvalResult>('eval', String(pid), '6 * 7', '--run-in-process');
    assert.equal(String(value), '42');
  });

  test('its network can’t be joined, without nsenter or without the right to: nothing is sent', async t => {
    const pid = await startIn(t, [['-n'], `${lo} ${inPlace}`]);
    const bare = mkdtempSync('/var/tmp/nops-bin-');
    t.after(() => rmSync(bare, { recursive: true }));
    symlinkSync(process.execPath, join(bare, 'node'));
    await refused(pid, await nops(['attach', String(pid)], { PATH: bare }), 6, /nsenter\(1\), which is not installed/);
    const without = [
      '--bounding-set=-sys_admin',
      '--inh-caps=-sys_admin',
      process.execPath,
      nopsPath,
      'attach',
      String(pid),
    ];
    await refused(pid, await run('setpriv', without), 4, /Operation not permitted[\s\S]*CAP_SYS_ADMIN/);
  });
});
