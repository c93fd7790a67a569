/** `nops attach` on every kind of process that Node can be: it works, or it is refused in words, with exit code 6 and the process unharmed. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import type { EvalResult } from '@nops/core/protocol/attach-results';
import { NopsError } from '@nops/core/protocol/errors';
import type { CpuResult, DetachResult } from '@nops/core/protocol/results';
import { attach } from 'nops/dist/library/index.js';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { agentRegister, until } from '../support/target.js';
import { nops, folder as nopsFolder, start } from './helpers.js';

/** Busy enough for some samples a second, and no more: several of them run at once. */
const app = `function busy() { const end = Date.now() + 10; let x = 0; while (Date.now() < end) x += Math.sqrt(x + 1); return x; }
function main() { setInterval(busy, 100); console.log('ready'); }
`;

interface Kind {
  name: string;
  from?: number;
  to?: number;
  /** On the oldest and the newest Node only: what it tests does not depend on the version much. */
  ends?: true;
  /** By the commands; the others by the library that they are made of, which saves starting nops four times. */
  byCommand?: true;
  /** Makes what is to be run in `folder`; the words of the command line. */
  make: (folder: string, node: string, major: number) => string[] | Promise<string[]>;
  /** What a refusal says; undefined: it works. */
  refused?: (major: number) => RegExp | undefined;
}

/** Not synchronously: the library's deadlines run in this process. */
const runToEnd = promisify(execFile);

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
  { name: 'CommonJS', byCommand: true, make: (folder, node) => [node, script(folder)] },
  { name: 'ES modules', make: flagged() },
  {
    name: '--disallow-code-generation-from-strings',
    ends: true,
    make: flagged('--disallow-code-generation-from-strings'),
  },
  { name: '--frozen-intrinsics', ends: true, make: flagged('--frozen-intrinsics') },
  { name: '--jitless', ends: true, make: flagged('--jitless') },
  {
    name: 'a frozen globalThis',
    ends: true,
    make: (folder, node) => [node, script(folder, 'app.cjs', `${app}main(); Object.freeze(globalThis);`)],
    refused: () => /the app has frozen globalThis/,
  },
  {
    name: 'a process of the app’s own',
    ends: true,
    make: (folder, node) => [node, script(folder, 'app.cjs', `${app}main(); globalThis.process = { env: {} };`)],
    refused: () => /`process` has no getBuiltinModule/,
  },
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
    make: async (folder, node) => {
      const code = `${app}require('node:v8').startupSnapshot.setDeserializeMainFunction(main);`;
      const blob = join(folder, 'app.blob');
      await runToEnd(node, ['--snapshot-blob', blob, '--build-snapshot', script(folder, 'entry.cjs', code)]);
      return [node, '--snapshot-blob', blob];
    },
    refused: major => (major < 22 ? undefined : /began as a startup snapshot/),
  },
  {
    name: 'a single executable application',
    from: 26,
    make: async (folder, node) => {
      const output = join(folder, 'shop');
      script(folder, 'sea.json', JSON.stringify({ main: script(folder), output, disableExperimentalSEAWarning: true }));
      await runToEnd(node, ['--build-sea', join(folder, 'sea.json')], { cwd: folder });
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
  const [program = '', ...words] = await make(folder, node, major);
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

/** What is told meanwhile. */
async function asTarget<T>(
  pid: number,
  use: (target: Awaited<ReturnType<typeof attach>>, told: string[]) => Promise<T>,
): Promise<string[]> {
  const told: string[] = [];
  const target = await attach(pid, { onProgress: ({ text }) => void told.push(text) });
  try {
    await use(target, told);
  } finally {
    await target.close();
  }
  return told;
}

async function works(pid: number): Promise<void> {
  const told = await asTarget(pid, async target => {
    assert.ok((await target.cpu({ seconds: 1 })).samples > 0);
    assert.equal((await target.evaluate('6 * 7')).value, 42);
  });
  assert.match(told.join('\n'), /had no agent: one has been attached[\s\S]*detached it from process/);
}

async function worksByCommand(pid: number): Promise<void> {
  await json('attach', String(pid));
  assert.ok((await json<CpuResult>('cpu', String(pid), '-s', '1')).samples > 0);
  const { value } = await json<EvalResult>('eval', String(pid), '6 * 7', '--run-in-process');
  assert.equal(String(value), '42');
  assert.equal((await json<DetachResult>('detach', String(pid))).attached, true);
}

/** The command adds to this the exit code, 6 for `impossible`. */
async function refuses(pid: number, why: RegExp, next = /nops stack/): Promise<void> {
  await asTarget(pid, async target => {
    await assert.rejects(target.cpu({ seconds: 1 }), error => {
      assert.ok(error instanceof NopsError);
      assert.equal(error.code, 'impossible');
      assert.match(error.message, why);
      assert.match(error.next ?? '', next);
      return true;
    });
    assert.ok((await target.stack()).threads.length > 0);
  });
}

const isAlive = (pid: number) => assert.doesNotThrow(() => process.kill(pid, 0));

// The library reads it when it looks for agents.
process.env['NOPS_DIR'] = nopsFolder;

// Most of it is waiting.
describe('kinds of processes', { concurrency: 4 }, () => {
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
          await (kind.byCommand === true ? worksByCommand(pid) : works(pid));
          isAlive(pid);
        });
        continue;
      }
      test(`Node ${version}: ${kind.name}: refused in words, and what is read from beside works`, { skip }, async t => {
        const pid = await startKind(t, kind, node, major);
        await refuses(pid, why);
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
      await refuses(pid, /under which Node lets nobody inspect it/, /^/);
      isAlive(pid);
    });
  }
});
