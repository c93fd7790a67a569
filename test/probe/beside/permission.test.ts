import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readFds } from '@nops/probe/beside/fds';
import { readIdentity } from '@nops/probe/beside/identity';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { isRoot, startNode } from './processes.js';

const nobody = 65534;

test('root reads the processes of others', { skip: !isRoot }, async t => {
  const { pid } = await startNode(t, 'stay(); ready();', { uid: nobody, gid: nobody, cwd: '/' });
  const { uid, name } = readIdentity(pid);
  assert.deepEqual({ uid, name }, { uid: nobody, name: 'node -e' });
  assert.ok(readFds(pid).open > 3);
});

test('others are told what they may not read of root’s, and what would let them', { skip: !isRoot }, async t => {
  const { pid } = await startNode(t, 'stay(); ready();');
  const run = readerFor(t);
  const failed = run(`const { readFds } = await import('@nops/probe/beside/fds');
    try { readFds(${pid}); } catch (error) { print({ name: error.name, code: error.code, message: error.message, next: error.next }); }`);
  assert.equal(failed.name, 'NopsError');
  assert.equal(failed.code, 'no-permission');
  assert.match(String(failed.message), /uid 0.*uid 65534/);
  assert.match(String(failed.next), /uid 0.*sudo.*agent/);

  const seen = run(`const { canSeeSyscalls, readThreads } = await import('@nops/probe/beside/threads');
    const { listNodeProcesses, isNode } = await import('@nops/probe/beside/processes');
    const { skipped, processes } = listNodeProcesses();
    print({ can: canSeeSyscalls(${pid}), main: readThreads(${pid})[0], node: isNode(${pid}), skipped, listed: processes.map(p => p.pid) });`);
  assert.equal(seen.can, false);
  assert.equal(seen.node, 'maybe');
  const main = seen.main as { role: string; syscall?: unknown };
  assert.equal(main.role, 'main');
  assert.equal(main.syscall, undefined);
  const skipped = seen.skipped as { pids: number[]; reason: string }[];
  assert.match(skipped.find(group => group.pids.includes(pid))?.reason ?? '', /root.*sudo/);
  assert.ok(!(seen.listed as number[]).includes(pid));
});

/** Runs code as nobody, with copies of our packages where nobody may read them; returns what the code gave to `print`. */
function readerFor(t: Parameters<typeof startNode>[0]): (code: string) => Record<string, unknown> {
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o755);
  for (const name of ['core', 'probe']) {
    const source = fileURLToPath(
      import.meta.resolve(`@nops/${name}/${name === 'core' ? 'protocol/errors' : 'beside/fds'}`),
    );
    const root = source.slice(0, source.indexOf('/dist/'));
    const copy = join(folder, 'node_modules/@nops', name);
    mkdirSync(copy, { recursive: true });
    for (const part of ['package.json', 'dist']) cpSync(join(root, part), join(copy, part), { recursive: true });
  }
  return code => {
    const script = `const print = value => console.log(JSON.stringify(value)); ${code}`;
    const options = { cwd: folder, uid: nobody, gid: nobody, encoding: 'utf8' } as const;
    return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], options)) as Record<
      string,
      unknown
    >;
  };
}
