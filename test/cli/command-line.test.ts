/** What the real `nops` does with good and bad arguments. */

import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { byEveryName, commandName, commands } from 'nops/dist/commands/index.js';
import { folder, nops, nopsPath, run, start, startNode, startWithAgent, until } from './helpers.js';

/** Of the arguments that tests give to a command, this one stands for a process. */
const target = '<target>';

/** What stands after a command's name to ask it something; without an entry `<target>`, where it needs an argument. */
const asked: Record<string, string[]> = {
  allocs: [target, '-s', '1', '-o', 'asked-allocs.pb.gz'],
  completion: ['bash'],
  cpu: [target, '-s', '1', '-o', 'asked-cpu.pb.gz'],
  detach: [target, '--force'],
  diff: [target, target],
  eval: [target, '6 * 7', '--run-in-process'],
  heap: [target, '-s', '1', '-o', 'asked-heap.pb.gz'],
  'heap-snapshot': [target, '-o', 'asked.heapsnapshot'],
  pprof: ['-top', '-s', '1', target],
  run: ['--', 'node', '-e', '0'],
  stats: [target, '-s', '1'],
  top: [target, '--once', '-s', '1'],
  set: [target, 'http-global.maxSockets=9'],
  tree: [target],
  ui: [target, '-s', '1'],
  trace: [target, '-s', '1', '-o', 'asked-trace.json.gz'],
  version: [target],
};

const everyName = Object.keys(byEveryName);
/** A command's own name for each of its names. */
const nameOf = (name: string): string => commandName(name) ?? assert.fail(`${name} is no command`);
const takesTarget = new Map<string, boolean>();
for (const [name, { load }] of Object.entries(byEveryName)) {
  const { min } = (await load()).takes;
  const args = asked[nameOf(name)] ?? (min > 0 ? [target] : []);
  takesTarget.set(name, args.includes(target));
}
/** Those that look at a process. */
const looking = everyName.filter(name => takesTarget.get(name) === true);

function argsOf(name: string, process: number | string): string[] {
  const given = asked[nameOf(name)] ?? (takesTarget.get(name) === true ? [target] : []);
  return given.map(word => (word === target ? String(process) : word));
}

const gonePid = '4194305'; // one more than Linux ever gives out: PID_MAX_LIMIT is 2^22

async function refused(args: string[], code: number, message: RegExp, env: Record<string, string> = {}): Promise<void> {
  const ended = await nops(args, env);
  assert.match(ended.stderr, message);
  assert.doesNotMatch(ended.stderr, /^\s+at /m, 'a refusal is no stack trace');
  assert.deepEqual({ code: ended.code, stdout: ended.stdout }, { code, stdout: '' });
}

test('--help lists every command, and --version tells the version', async () => {
  const help = await nops(['--help']);
  assert.equal(help.code, 0);
  const listed = /^Commands:\n((?: {2}.*\n)*)/m.exec(help.stdout)?.[1] ?? '';
  assert.deepEqual(
    [...listed.matchAll(/^ {2}(\S+) +\S/gm)].map(([, name]) => name),
    Object.keys(commands),
  );
  const { version } = JSON.parse(readFileSync(new URL(import.meta.resolve('nops/package.json')), 'utf8'));
  assert.equal((await nops(['-V'])).stdout, `${version}\n`);
});

test('the table has what the tests name apart', () => {
  for (const name of Object.keys(asked)) assert.ok(Object.hasOwn(commands, name), name);
  const quiet = everyName.filter(name => !looking.includes(name));
  // They ask for no process that runs.
  assert.deepEqual(quiet.sort(), ['completion', 'doctor', 'list', 'run']);
});

for (const name of everyName) {
  test(`nops ${name} --help shows its usage and an example`, async () => {
    const help = await nops([name, '--help']);
    assert.equal(help.code, 0);
    assert.match(help.stdout, new RegExp(`^Usage:\\n {2}nops ${nameOf(name)}(?: |$)`, 'm'));
    const examples = /^Examples?:\n((?: {2}.*\n)+)/m.exec(help.stdout)?.[1] ?? '';
    // `nops list` and `nops info` have shorter names: none, and a pid.
    const called = { list: 'nops(?: -|  )', info: 'nops (?:info |\\d)' }[nameOf(name)] ?? `nops ${nameOf(name)}\\b`;
    assert.match(examples, new RegExp(`^ {2}.*${called}`, 'm'));
    assert.equal((await nops(['help', name])).stdout, help.stdout);
  });
}

test('an unknown command or option is refused with what was meant', async () => {
  await refused(['statz'], 2, /unknown command statz; did you mean stats\?/);
  await refused(['stats', '1', '--secnds', '5'], 2, /unknown option --secnds; did you mean --seconds\?/);
  await refused(['--jsn'], 2, /unknown option --jsn; did you mean --json\?/);
  await refused(['list', '-x'], 2, /unknown option -x/);
  await refused(['stats', '1', '--constructor'], 2, /unknown option --constructor/);
  await refused(['constructor'], 2, /unknown command constructor/);
});

test('bad values and counts of arguments are refused', async () => {
  for (const value of ['abc', '0', '1e1', '61', '1.5', ' 1']) {
    await refused(['stats', '1', '-s', value], 2, /invalid value for "--seconds"/);
  }
  await refused(['stats', '1', '-s', '-1'], 2, /option -s needs a value/);
  await refused(['stats', '1', '-s'], 2, /option -s needs a value/);
  await refused(['stats', '1', '--json=yes'], 2, /option --json takes no value/);
  await refused(['cpu', '1', '--hz', '1001'], 2, /invalid value for "--hz"/);
  await refused(['stats'], 2, /stats needs a target/);
  await refused(['fds', '1', '2'], 2, /one argument too many for fds: 2/);
  await refused(['set', '1', 'novalue'], 2, /is no change/);
  await refused(['stats', 'unix:'], 2, /can't be used/);
});

test('files that can’t be written are refused before anything is measured', async () => {
  await refused(['cpu', gonePid, '-o', '/nonexistent/cpu.pb.gz'], 2, /can't write/);
  await refused(['list', '--json-file', folder], 2, /can't write .* folder/);
});

test('a pid that no process has is refused with exit code 3', async () => {
  await Promise.all(looking.map(name => refused([name, ...argsOf(name, gonePid)], 3, /no process/)));
  await refused([gonePid], 3, /no process/);
});

test('a process that is not Node’s is refused with exit code 3', async () => {
  const { pid } = start('sleep', ['1000']);
  await until('sleep to run', () => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sleep\n');
  await Promise.all(looking.map(name => refused([name, ...argsOf(name, pid)], 3, /not a Node/)));
});

test('what is not there yet says so, whatever the target', async () => {});

test('another user’s process is refused with exit code 4 and what grants it', {
  skip: process.getuid?.() !== 0,
}, async () => {
  const { pid } = await startNode(['-e', 'setInterval(() => {}, 1000); console.log("ready")']);
  const nobody = { uid: 65_534, gid: 65_534 };
  for (const name of ['info', 'stack', 'fds', 'pools']) {
    const ended = await run(process.execPath, [nopsPath, name, String(pid)], {}, nobody);
    assert.deepEqual({ code: ended.code, stdout: ended.stdout }, { code: 4, stdout: '' });
    assert.match(ended.stderr, /belongs to uid 0[\s\S]*sudo/);
  }
});

test('a name that no process has is refused with exit code 3', async () => {
  await refused(['info', 'no-process-has-this-name'], 3, /no Node.js process .*no-process-has-this-name/);
});

test('addresses where no agent listens are refused', async () => {
  await refused(['info', 'unix:/nonexistent/nops.sock'], 3, /no such socket/);
  await refused(['info', '127.0.0.1:1'], 3, /nothing listens there/);
});

test('what only an agent can do says how to get one, with exit code 6', async () => {
  const { pid } = await startNode(['-e', 'setInterval(() => {}, 1000); console.log("ready")']);
  for (const name of ['pools', 'set', 'cpu', 'heap', 'gc', 'setgc', 'pprof-cpu']) {
    const ended = await nops([name, String(pid)], { NOPS_ATTACH: '0' });
    assert.deepEqual({ code: ended.code, stdout: ended.stdout }, { code: 6, stdout: '' });
    assert.match(ended.stderr, /no agent[\s\S]*node --import @nops\/agent\/register/);
  }
});

/** Commands whose JSON is not called as they are, or comes otherwise, and why. */
const otherwise = {
  run: 'what stands after its command is the command’s; run.test.ts has its JSON',
  ui: 'it goes on until Ctrl-C: its JSON is one line',
  detach: 'it ends the agent that the others ask: it is the last',
};

test('--json of every command is one document, named after the command', async t => {
  const { pid } = await startWithAgent('require("node:http"); setInterval(() => {}, 100); console.log("ready")');
  const plain = Object.keys(commands).filter(name => !Object.hasOwn(otherwise, name));
  for (const name of [...plain, 'detach']) {
    await t.test(`nops ${name} --json`, async () => {
      const ended = await nops([name, ...argsOf(name, pid), '--json']);
      const result = parsed(ended);
      assert.equal(result['schema'], `nops.${name}/1`);
      // Of a broken machine doctor says so with its exit code.
      const checks = (result['checks'] ?? []) as { status: string }[];
      assert.equal(ended.code, name === 'doctor' && checks.some(({ status }) => status === 'broken') ? 1 : 0);
      if ('pid' in result) assert.equal(result['pid'], pid);
    });
  }
});

function parsed({ stdout, stderr }: { stdout: string; stderr: string }): Record<string, unknown> {
  assert.match(stdout, /^\{[\s\S]*\}\n$/, stderr);
  return JSON.parse(stdout) as Record<string, unknown>;
}

test('set without changes lists the settings: its JSON is that of the agent’s list', async () => {
  const { pid } = await startWithAgent('setInterval(() => {}, 100); console.log("ready")');
  assert.equal(parsed(await nops(['set', String(pid), '--json']))['schema'], 'nops.tunables/1');
});

test('ui --json is one line, and it goes on', async () => {
  const { pid } = await startWithAgent('setInterval(() => {}, 100); console.log("ready")');
  const environment = { ...process.env, NOPS_DIR: folder };
  const { child } = start(process.execPath, [nopsPath, 'ui', ...argsOf('ui', pid), '--json'], environment);
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (part: string) => (text += part));
  await until('its line', () => text.includes('\n'));
  const { schema, url } = JSON.parse(text) as { schema: string; url: string };
  assert.equal(schema, 'nops.ui/1');
  // It still answers, to whoever has the whole address.
  assert.equal((await fetch(url)).status, 200);
  assert.equal(child.exitCode, null);
});

test('--json-file writes the result for its owner only, beside the text', async () => {
  const file = join(folder, 'list.json');
  const ended = await nops(['list', '--json-file', file]);
  assert.match(ended.stdout, /^ *PID +PPID +NAME/);
  assert.equal(JSON.parse(readFileSync(file, 'utf8')).schema, 'nops.list/1');
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test('--json-file writes to a device instead of replacing it', async () => {
  assert.equal((await nops(['list', '--json-file', '/dev/null'])).code, 0);
  assert.ok(statSync('/dev/null').isCharacterDevice());
});

test('a reader that leaves early ends nops quietly', async () => {
  const script = '"$0" "$1" list --json | head -1; exit $PIPESTATUS';
  const ended = await run('bash', ['-c', script, process.execPath, nopsPath]);
  assert.deepEqual(ended, { code: 0, stdout: '{\n', stderr: '' });
});

test('colours come only when they are asked for', async () => {
  const colored = '\x1b[';
  assert.ok(!(await nops([])).stdout.includes(colored));
  assert.ok((await nops([], { FORCE_COLOR: '1' })).stdout.includes(colored));
  assert.ok(!(await nops(['--no-color'], { FORCE_COLOR: '1' })).stdout.includes(colored));
  assert.ok(!(await nops([], { FORCE_COLOR: '1', NO_COLOR: '1' })).stdout.includes(colored));
});
