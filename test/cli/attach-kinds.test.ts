/** `nops attach` on every kind of process that Node can be: it works, or it is refused in words, with exit code 6 and the process unharmed. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { EvalResult } from '@nops/core/protocol/attach-results';
import type { CpuResult, DetachResult, StackResult } from '@nops/core/protocol/results';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { agentRegister, until } from '../support/target.js';
import { nops, folder as nopsFolder, start } from './helpers.js';

const app = `function busy() { const end = Date.now() + 10; let x = 0; while (Date.now() < end) x += Math.sqrt(x + 1); return x; }
function main() { setInterval(busy, 30); console.log('ready'); }
`;

interface Kind {
  name: string;
  from?: number;
  to?: number;
  /** On the oldest and the newest Node only: what it tests does not depend on the version much. */
  ends?: true;
  /** Makes what is to be run in `folder`; the words of the command line. */
  make: (folder: string, node: string, major: number) => string[];
  /** What a refusal says; undefined: it works. */
  refused?: (major: number) => RegExp | undefined;
}

function script(folder: string, name = 'app.cjs', code = `${app}main();`): string {
  const path = join(folder, name);
  writeFileSync(path, code);
  return path;
}

const flagged =
  (...flags: string[]): Kind['make'] =>
  (folder, node) => [node, ...flags, script(folder, 'app.mjs')];
const permission = (major: number) => (major < 22 ? '--experimental-permission' : '--permission');
const all = ['--allow-fs-read=*', '--allow-fs-write=*', '--allow-worker'];

const kinds: Kind[] = [
  { name: 'CommonJS', make: (folder, node) => [node, script(folder)] },
  { name: 'ES modules', make: flagged() },
  {
    name: '--disallow-code-generation-from-strings',
    ends: true,
    make: flagged('--disallow-code-generation-from-strings'),
  },
  { name: '--frozen-intrinsics', ends: true, make: flagged('--frozen-intrinsics') },
  { name: '--jitless', ends: true, make: flagged('--jitless') },
  {
    name: '--experimental-policy',
    to: 20,
    make: (folder, node) => {
      const policy = script(
        folder,
        'policy.json',
        '{ "scopes": { "file:": { "integrity": true, "dependencies": true } } }',
      );
      return [node, `--experimental-policy=${policy}`, script(folder)];
    },
  },
  {
    name: '--permission',
    make: (folder, node, major) => [node, permission(major), ...all, script(folder)],
    refused: () => /it runs with --permission, under which Node opens no inspector/,
  },
  {
    name: '--permission --allow-inspector',
    from: 26,
    make: (folder, node, major) => [
      node,
      permission(major),
      ...all,
      '--allow-net',
      '--allow-inspector',
      script(folder),
    ],
  },
  {
    name: '--disable-sigusr1',
    from: 22,
    make: flagged('--disable-sigusr1'),
    refused: () => /--disable-sigusr1/,
  },
  {
    name: 'a startup snapshot',
    make: (folder, node) => {
      const code = `${app}require('node:v8').startupSnapshot.setDeserializeMainFunction(main);`;
      const blob = join(folder, 'app.blob');
      execFileSync(node, ['--snapshot-blob', blob, '--build-snapshot', script(folder, 'entry.cjs', code)]);
      return [node, '--snapshot-blob', blob];
    },
    refused: major => (major < 22 ? undefined : /began as a startup snapshot/),
  },
  {
    name: 'a single executable application',
    from: 26,
    make: (folder, node) => {
      const output = join(folder, 'shop');
      script(folder, 'sea.json', JSON.stringify({ main: script(folder), output, disableExperimentalSEAWarning: true }));
      execFileSync(node, ['--build-sea', join(folder, 'sea.json')], { cwd: folder });
      return [output];
    },
  },
];

async function startKind(
  t: TestContext,
  { make }: Kind,
  node: string,
  major: number,
  flags: string[] = [],
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'nops-kind-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [program = '', ...words] = make(folder, node, major);
  const env = { ...process.env, NOPS_DIR: nopsFolder, NODE_OPTIONS: '--inspect-port=0' };
  const { pid, child } = start(program, [...flags, ...words], env);
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout?.on('data', chunk => {
    said += chunk;
  });
  await until(
    () => said.includes('ready') || undefined,
    () => 'the app',
  );
  return pid;
}

async function json<Result>(...args: string[]): Promise<Result> {
  const { code, stdout, stderr } = await nops([...args, '--json']);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Result;
}

const isAlive = (pid: number) => assert.doesNotThrow(() => process.kill(pid, 0));

// Most of it is waiting.
describe('kinds of processes', { concurrency: 2 }, () => {
  for (const version of nodeVersions) {
    const node = nodeBinary(version) ?? '';
    const major = Number(version);
    const skip = node === '' ? `Node ${version} is not installed` : false;

    for (const kind of kinds) {
      if (major < (kind.from ?? 0) || major > (kind.to ?? Number.POSITIVE_INFINITY)) continue;
      if (kind.ends === true && version !== nodeVersions[0] && version !== nodeVersions.at(-1)) continue;
      const why = kind.refused?.(major);
      if (why === undefined) {
        test(`Node ${version}: ${kind.name}: attached, profiled, asked, detached`, { skip }, async t => {
          const pid = await startKind(t, kind, node, major);
          await json('attach', String(pid));
          assert.ok((await json<CpuResult>('cpu', String(pid), '-s', '1')).samples > 0);
          const { value } = await json<EvalResult>('eval', String(pid), '6 * 7', '--run-in-process');
          assert.equal(String(value), '42');
          assert.equal((await json<DetachResult>('detach', String(pid))).attached, true);
          isAlive(pid);
        });
        continue;
      }
      test(`Node ${version}: ${kind.name}: refused in words, and what is read from beside works`, { skip }, async t => {
        const pid = await startKind(t, kind, node, major);
        const { code, stderr } = await nops(['attach', String(pid)]);
        assert.equal(code, 6, stderr);
        assert.match(stderr, why);
        assert.match(stderr, /next: .*nops stack/);
        assert.ok((await json<StackResult>('stack', String(pid))).threads.length > 0);
        isAlive(pid);
      });
    }

    test(`Node ${version}: an agent loaded under --permission leaves the inspector alone: it would abort the process`, {
      skip,
    }, async t => {
      const flags = [permission(major), ...all, ...(major < 26 ? [] : ['--allow-net']), '--import', agentRegister];
      const pid = await startKind(
        t,
        { name: '', make: (folder, node) => [node, ...flags, script(folder)] },
        node,
        major,
      );
      await until(
        () =>
          readdirSync(nopsFolder).some(file => file.startsWith(`nops-${pid}-`) && file.endsWith('.json')) || undefined,
        () => 'the agent',
      );
      const { code, stderr } = await nops(['cpu', String(pid), '-s', '1']);
      assert.equal(code, 6, stderr);
      assert.match(stderr, /under which Node lets nobody inspect it/);
      assert.ok((await json<StackResult>('stack', String(pid))).threads.length > 0);
      isAlive(pid);
    });
  }
});
