/** docs/errors.md: each row of its table, and its last case, is made for real by the case of the same name here. */

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { InfoResult, ListResult } from '@nops/core/protocol/results';
import { compressedCopy } from '../support/altered-node.js';
import { connectionStays } from '../support/unix-connections.js';
import { type Ended, folder, nops, nopsPath, run, start, startNode, startWithAgent, until } from './helpers.js';

const isRoot = process.getuid?.() === 0;
const nobody = { uid: 65_534, gid: 65_534 };
const gonePid = '4194305'; // one more than Linux ever gives out: PID_MAX_LIMIT is 2^22
const stay = 'setInterval(() => {}, 1000); console.log("ready");';

interface Row {
  name: string;
  seen: string;
  code: number;
}

/** `| case | what is seen | why | next | exit code |` */
function rows(): Row[] {
  const text = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
  return text.split('\n').flatMap(line => {
    const [, name = '', seen = '', , , code = ''] = line.split('|').map(cell => cell.trim());
    return /^\d$/.test(code) ? [{ name, seen: seen.replace(/^`|`$/g, ''), code: Number(code) }] : [];
  });
}

const cleanUps: (() => void)[] = [];
after(() => {
  for (const cleanUp of cleanUps) cleanUp();
});

async function listen(server: ReturnType<typeof createServer>, at: [number, string] | [string]): Promise<number> {
  server.listen(...(at as [string]));
  await once(server, 'listening');
  server.unref();
  cleanUps.push(() => server.close());
  const address = server.address();
  return (address as AddressInfo | null)?.port ?? 0;
}

const plain = (): Promise<string> => startNode(['-e', stay]).then(({ pid }) => String(pid));

const cases: Record<string, { needsRoot?: true; make: () => Promise<Ended> }> = {
  'unknown command': { make: () => nops(['statz']) },
  'bad value': { make: () => nops(['stats', '1', '-s', '1e1']) },
  'ambiguous name': {
    async make() {
      const name = `twin-of-${process.pid}`;
      const script = join(mkdtempSync(join(folder, 'twins-')), `${name}.js`);
      writeFileSync(script, stay);
      await Promise.all([startNode([script]), startNode([script])]);
      return nops(['info', name]);
    },
  },
  gone: { make: () => nops([gonePid]) },
  zombie: {
    async make() {
      // The shell becomes `sleep`, which never waits for the child that the shell started.
      const { pid } = start('sh', ['-c', 'sleep 0.01 & exec sleep 1000']);
      const zombie = await until('a zombie', () => childrenOf(pid).find(child => stateOf(child) === 'Z'));
      return nops([String(zombie)]);
    },
  },
  'not Node': {
    async make() {
      const { pid } = start('sleep', ['1000']);
      await until('sleep to run', () => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sleep\n');
      return nops([String(pid)]);
    },
  },
  'unknown name': { make: () => nops(['info', 'no-process-has-this-name']) },
  'no socket': { make: () => nops(['info', 'unix:/nonexistent/nops.sock']) },
  'nothing listens': { make: () => nops(['info', '127.0.0.1:1']) },
  'no agent there': {
    async make() {
      const server = createHttpServer((_, response) => response.end('<h1>hello</h1>'));
      return nops(['info', `127.0.0.1:${await listen(server, [0, '127.0.0.1'])}`]);
    },
  },
  'other user': {
    needsRoot: true,
    make: async () => run(process.execPath, [nopsPath, 'fds', await plain()], {}, nobody),
  },
  'other user’s socket': {
    needsRoot: true,
    async make() {
      const open = mkdtempSync(join(tmpdir(), 'nops-open-'));
      cleanUps.push(() => execFileSync('rm', ['-rf', open]));
      chmodSync(open, 0o755);
      await listen(createServer(), [join(open, 'root.sock')]);
      return run(process.execPath, [nopsPath, 'info', `unix:${join(open, 'root.sock')}`], {}, nobody);
    },
  },
  'wrong token': {
    async make() {
      const { pid } = await startWithAgent(stay, { NOPS_LISTEN: '0' });
      const told = await until('the URL', async () => {
        const { stdout } = await nops(['info', String(pid), '--json']);
        return (JSON.parse(stdout || '{}') as Partial<InfoResult>).url;
      });
      return nops(['info', new URL(told).host, '--token', 'not-the-token-of-this-agent']);
    },
  },
  stuck: {
    async make() {
      const fifo = join(mkdtempSync(join(folder, 'stuck-')), 'fifo');
      execFileSync('mkfifo', [fifo]);
      const code = `const fs = require('fs'); const fd = fs.openSync(${JSON.stringify(fifo)}, 'r+');
        setTimeout(() => { fs.writeSync(1, 'ready\\n'); fs.readSync(fd, Buffer.alloc(1)); }, 100);`;
      const { pid } = await startWithAgent(code);
      await until('it to be stuck', async () => (await nops(['stack', String(pid)])).stdout.includes(`read fd`));
      return nops(['pools', String(pid)]);
    },
  },
  spinning: {
    async make() {
      const { pid } = await startWithAgent(
        `setTimeout(() => { require('fs').writeSync(1, 'ready\\n'); for (;;); }, 100)`,
      );
      return nops(['set', String(pid)]);
    },
  },
  'no answer': {
    async make() {
      const path = join(folder, 'silent-listener.sock');
      await listen(
        createServer(socket => socket.resume().on('error', () => {})),
        [path],
      );
      return nops(['info', `unix:${path}`]);
    },
  },
  'no agent': { make: async () => nops(['pools', await plain()], { NOPS_ATTACH: '0' }) },
  'no safe way in': {
    async make() {
      const { pid } = await startNode(['-e', `process.on('SIGUSR1', () => {}); ${stay}`]);
      return nops(['cpu', String(pid), '-s', '1']);
    },
  },
  'eval unasked': { make: async () => nops(['eval', await plain(), 'process.exit()']) },
  'stale agent': {
    async make() {
      const pid = await plain();
      await announceBadly(Number(pid));
      return nops(['pools', pid], { NOPS_ATTACH: '0' });
    },
  },
  'ended meanwhile': {
    async make() {
      const { pid } = await startWithAgent(stay);
      const asked = nops(['cpu', String(pid), '-s', '60', '-o', join(folder, 'never')]);
      const name = readdirSync(folder).find(file => file.startsWith(`nops-${pid}-`) && file.endsWith('.sock'));
      // The connection that stays is the recording's.
      await connectionStays(join(folder, name ?? ''), () => 'no recording');
      process.kill(pid, 'SIGKILL');
      return asked;
    },
  },
  'socket gone': {
    async make() {
      const pid = await plain();
      assert.equal((await nops(['attach', pid])).code, 0);
      for (const name of readdirSync(folder)) if (name.startsWith(`nops-${pid}-`)) rmSync(join(folder, name));
      return nops(['attach', pid]);
    },
  },
  'unknown layout': {
    async make() {
      const copy = compressedCopy({ after: cleanUp => void cleanUps.push(cleanUp as () => void) }, process.execPath);
      const { pid } = start(copy, ['-e', stay], process.env);
      await until('it to run', async () => readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(copy));
      return nops(['async', String(pid)]);
    },
  },
  'fixed limit': {
    make: async () => nops(['setgc', await plain(), 'max-old-space-size=4096']),
  },
  'no trace': { make: () => nops(['trace', 'tasks', nopsPath]) },
};

/** An announcement whose socket is there but refuses: what an agent leaves whose thread was killed. */
async function announceBadly(pid: number): Promise<void> {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  const path = join(folder, `nops-${pid}-${startTime}`);
  const code = `require('net').createServer().listen(${JSON.stringify(`${path}.sock`)}, () => console.log('ready'))`;
  const listener: ChildProcess = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (listener.stdout !== null) await once(listener.stdout, 'data');
  listener.kill('SIGKILL');
  await once(listener, 'exit');
  const announcement = {
    schema: 'nops.agent/1',
    pid,
    startTime,
    socketPath: `${path}.sock`,
    node: '20.19.0',
    agent: '0.1.0',
  };
  writeFileSync(`${path}.json`, JSON.stringify(announcement), { mode: 0o600 });
}

test('a profile of a stuck process ends with a next step too', async () => {
  const fifo = join(mkdtempSync(join(folder, 'stuck-')), 'fifo');
  execFileSync('mkfifo', [fifo]);
  const code = `const fs = require('fs'); const fd = fs.openSync(${JSON.stringify(fifo)}, 'r+');
    setTimeout(() => { fs.writeSync(1, 'ready\\n'); fs.readSync(fd, Buffer.alloc(1)); }, 100);`;
  const { pid } = await startWithAgent(code);
  await until('it to be stuck', async () => (await nops(['stack', String(pid)])).stdout.includes('read fd'));
  const { code: exit, stderr } = await nops(['cpu', String(pid), '-s', '1']);
  assert.equal(exit, 5, stderr);
  assert.match(stderr, /the main thread is in read on fd/);
  assert.match(stderr, new RegExp(`^ {2}next: nops stack ${pid} `, 'm'));
});

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
}

const documented = rows().map(row => ({ ...row, name: row.name.replaceAll("'", '’') }));

test('the table has the cases that are made here, and no others', () => {
  assert.deepEqual(documented.map(({ name }) => name).sort(), Object.keys(cases).sort());
});

for (const { name, seen, code } of documented) {
  const made = cases[name];
  test(name, { skip: made?.needsRoot === true && !isRoot ? 'needs root' : false }, async () => {
    assert.ok(made !== undefined, `no case makes ${name}`);
    const ended = await made.make();
    assert.deepEqual({ code: ended.code, stdout: ended.stdout }, { code, stdout: '' }, ended.stderr);
    assert.ok(ended.stderr.includes(seen), `${JSON.stringify(ended.stderr)} does not say ${JSON.stringify(seen)}`);
    assert.doesNotMatch(ended.stderr, /^\s+at /m, 'a refusal is no stack trace');
    assert.match(ended.stderr, /^ {2}next: \S/m, 'says what to try next');
  });
}

const unshare = ['--pid', '--mount', '--net', '--fork', '--mount-proc'];

function canUnshare(): boolean {
  try {
    execFileSync('unshare', [...unshare, 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('container', { skip: isRoot && canUnshare() ? false : 'needs root and unshare' }, async () => {
  const register = new URL('../../../agent/dist/register.js', import.meta.url).pathname;
  const inside = `mount -t tmpfs none /run && mkdir -p /run/user/0 && exec ${process.execPath} --import ${register} -e '${stay}'`;
  const { NOPS_DIR: _folder, NODE_OPTIONS: _options, ...env } = process.env;
  const { pid: outer } = start('unshare', [...unshare, '--kill-child', 'sh', '-c', inside], env);
  const found = await until('it to be listed with its agent', async () => {
    const { processes } = JSON.parse((await nops(['list', '--json'])).stdout) as ListResult;
    return processes.find(listed => listed.ppid === outer && listed.agent);
  });
  const told = await nops(['info', String(found.pid), '--json']);
  assert.equal(told.code, 0, told.stderr);
  const result = JSON.parse(told.stdout) as InfoResult;
  assert.deepEqual({ pid: result.pid, way: result.way }, { pid: found.pid, way: 'agent' });
  assert.equal((await nops(['memstats', String(found.pid)])).code, 0);
});
