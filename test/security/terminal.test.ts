/**
 * Nothing that nops prints steers a terminal: every command, against agents, processes and files in which every text is hostile, as text,
 * as JSON and on a terminal. What is printed has line ends and nops's own sequences, and no line that nops did not begin.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { reports } from '@nops/core/profile/report/config';
import { commands } from 'nops/dist/commands/index.js';
import { reportNames } from 'nops/dist/trace/reports/index.js';
import { folder, nops, nopsPath, startNode, until } from '../cli/helpers.js';
import { startTarget } from '../support/target.js';
import { forbidden, forged, hostileName, hostileText } from './attackers/hostile.js';
import { type HostileFiles, writeHostileFiles } from './attackers/hostile-files.js';

/** What an app has that an agent tells of: requests, a pool, suspended functions. */
const app = `import http from 'node:http';
const server = http.createServer((q, s) => setTimeout(() => s.end('x'), 20)).listen(0, () => {
  const agent = new http.Agent({ keepAlive: true });
  setInterval(() => http.get({ port: server.address().port, agent }, r => r.resume()), 50);
});
const later = ms => new Promise(resolve => setTimeout(resolve, ms));
async function waits() { await later(600000); }
waits();
setInterval(() => { const end = Date.now() + 5; while (Date.now() < end) JSON.stringify({}); }, 20);`;

interface Place {
  /** NOPS_DIR. */
  dir: string;
  /** A fresh file name. */
  out: (ending: string) => string;
  files: HostileFiles;
  /** A trace that a hostile agent gave. */
  trace: string | undefined;
}

/** Command lines for a target, where `<command> <target>` needs more or would not end; new commands get that without an entry. */
const ofTarget: Record<string, (target: string, place: Place) => string[][]> = {
  list: () => [['list']],
  stats: target => [['stats', target, '-s', '1']],
  stack: target => [
    ['stack', target, '--threads', '--native'],
    ['stack', target, target],
  ],
  async: target => [['async', target, '--all']],
  top: target => [['top', target, '--once', '-s', '1']],
  eval: target => [
    ['eval', target, '({ a: String.fromCharCode(27, 10, 8238) })', '--run-in-process'],
    ['eval', target, 'throw new Error(String.fromCharCode(27, 13, 8238))', '--run-in-process'],
  ],
  cpu: (target, { out }) => [
    ['cpu', target, '-s', '1', '-o', out('pb.gz')],
    ['cpu', target, '-s', '1', '-o', out('collapsed')],
  ],
  heap: (target, { out }) => [['heap', target, '-s', '1', '-o', out('pb.gz')]],
  allocs: (target, { out }) => [['allocs', target, '-s', '1', '-o', out('pb.gz')]],
  'heap-snapshot': (target, { out }) => [['heap-snapshot', target, '-o', out('heapsnapshot')]],
  setgc: target => [
    ['setgc', target],
    ['setgc', target, '50'],
  ],
  sockets: target => [
    ['sockets', target],
    ['sockets', target, '--all'],
  ],
  fds: target => [
    ['fds', target],
    ['fds', target, '--all'],
  ],
  pools: target => [['pools', target, '-s', '1']],
  set: target => [
    ['set', target],
    ['set', target, `${hostileName}=1`],
  ],
  trace: (target, { out }) => [['trace', target, '-s', '1', '-o', out('json.gz')]],
  pprof: target => [['pprof', '-top', '-s', '1', target]],
  diff: (target, { files }) => [['diff', files.profile, target]],
  report: target => [['report', target, '-s', '1']],
  ui: (target, { out }) => [['ui', target, '-s', '1', '-o', out('html')]],
  run: (_target, { out }) => [['run', '-o', out('folder'), '--', process.execPath, '-e', '0', hostileName]],
  doctor: () => [['doctor']],
  completion: () => [
    ['completion', 'bash'],
    ['completion', 'targets'],
  ],
};

/** Command lines for files. */
function ofFiles({ files, trace, out }: Place): string[][] {
  const withSymbol = new Set(['peek', 'list']);
  const report = (name: string, file: string) => ['pprof', withSymbol.has(name) ? `-${name}=.` : `-${name}`, file];
  const binary = new Set(['proto', 'flame.html']);
  return [
    ...reports.filter(name => !binary.has(name)).map(name => report(name, files.profile)),
    ...reports.map(name => [...report(name, files.profile), '-o', out(name)]),
    ...files.all.flatMap(file => [
      report('top', file),
      report('list', file),
      ['report', file],
      ['diff', file, files.profile],
    ]),
    ['pprof', '-top', `-focus=${hostileName}`, files.profile],
    ['pprof', '-svg', '-o', out('svg'), '-tagroot', hostileText.replaceAll('\0', ''), files.profile],
    ['ui', files.cpuprofile, '-o', out('html')],
    ...(trace === undefined ? [] : traceLines(trace, out)),
  ];
}

function traceLines(trace: string, out: Place['out']): string[][] {
  return reportNames.map(name => {
    if (name === 'task') return ['trace', name, '1', trace];
    if (name === 'diff') return ['trace', name, trace, trace];
    return ['trace', name, trace, ...(name === 'net' ? ['--pprof', out('net.pb.gz')] : [])];
  });
}

/** A command's own words, and all that it may be called with by mistake. */
function withoutTarget(name: string): string[][] {
  return [
    [name, '--help'],
    [name, `--${hostileName}`],
    [name, hostileName, hostileName, hostileName, hostileName],
  ];
}

/** nops's own colours, each closed before the next one. */
const painted = /\x1b\[(?:[12]m([^\x1b]*)\x1b\[22|3[123]m([^\x1b]*)\x1b\[39)m/g;

/** What is wrong with a text that was printed or written. */
function problemsOf(text: string, allowed = /\n/g): string[] {
  const rest = text.replaceAll(painted, '$1$2');
  const found = forbidden.exec(rest.replaceAll(allowed, ' '));
  return [
    ...(found === null
      ? []
      : [`U+${found[0].codePointAt(0)?.toString(16)} in ${JSON.stringify(around(rest, found.index))}`]),
    ...(rest.split('\n').some(line => line.startsWith(forged)) ? [`a line begins with ${forged}`] : []),
  ];
}

function around(text: string, at: number): string {
  return text.slice(Math.max(0, at - 30), at + 20);
}

/** Go's reports have columns of tabs, CSV its own line ends; scripts for shells are nops's own text. */
function allowedIn([name, option]: string[]): RegExp {
  if (option === '-csv') return /\r?\n/g;
  return name === 'pprof' || name === 'completion' ? /[\n\t]/g : /\n/g;
}

interface Tally {
  runs: number;
  problems: string[];
  /** Whether a hostile text came out in its printable form: else nothing was tried. */
  shown: number;
}

const atOnce = 4;

async function tryAll(lines: string[][], dir: string): Promise<Tally> {
  const tally: Tally = { runs: 0, problems: [], shown: 0 };
  const queue = [...lines];
  const next = async (): Promise<void> => {
    for (let args = queue.shift(); args !== undefined; args = queue.shift()) {
      const { code, stdout, stderr } = await nops(args, { FORCE_COLOR: '1', NOPS_DIR: dir });
      tally.runs++;
      const report = (stream: string, problem: string) =>
        tally.problems.push(`${JSON.stringify(args)} ${stream}: ${problem}`);
      if (code === 0) assert.notEqual(stdout + stderr, '', `${JSON.stringify(args)} printed nothing`);
      for (const problem of problemsOf(stdout, allowedIn(args))) report('stdout', problem);
      for (const problem of problemsOf(stderr)) report('stderr', problem);
      if (/\\x1b|\\u001b|\\u202e/.test(stdout + stderr)) tally.shown++;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, next));
  return tally;
}

function check(t: TestContext, { runs, problems, shown }: Tally): void {
  t.diagnostic(`${runs} command lines, ${shown} with hostile text in them, ${problems.length} leaks`);
  assert.deepEqual(problems, []);
  assert.ok(shown > 0, 'hostile text was printed, as escapes');
}

const scratch = mkdtempSync(join(folder, 'terminal-'));
const files = writeHostileFiles(scratch);
const written = join(scratch, 'written');
mkdirSync(written);
let outs = 0;
const place = (dir: string): Place => ({
  dir,
  out: ending => join(written, `${++outs}.${ending}`),
  files,
  trace: readdirSync(written)
    .map(name => join(written, name))
    .find(path => path.endsWith('.json.gz')),
});

const attacker = (name: string): string => fileURLToPath(new URL(`./attackers/${name}.js`, import.meta.url));

/** A hostile process behind a genuine agent's answers; its pid, and where it has announced itself. */
async function hostileAgent(t: TestContext, which: 'every' | 'names'): Promise<{ pid: string; dir: string }> {
  const target = await startTarget(t, app);
  const announced =
    readdirSync(target.folder)
      .find(name => name.endsWith('.json'))
      ?.replace(/\.json$/, '') ?? '';
  const { pid } = await startNode([attacker('hostile-agent'), target.folder, announced, which]);
  return { pid: String(pid), dir: target.folder };
}

async function hostileProcess(): Promise<string> {
  const own = mkdtempSync(join(folder, 'hostile-'));
  const script = join(own, `${hostileName}.mjs`);
  writeFileSync(script, `import ${JSON.stringify(attacker('hostile-process'))};`);
  const { pid } = await startNode([script, own, hostileName]);
  return String(pid);
}

const lines = (target: string, where: Place): string[][] =>
  Object.keys(commands).flatMap(name => ofTarget[name]?.(target, where) ?? [[name, target]]);

test('help, unknown options and arguments of every command', async t => {
  check(t, await tryAll([...Object.keys(commands).flatMap(withoutTarget), [hostileName], ['--help']], folder));
});

for (const which of ['names', 'every'] as const) {
  test(`every command against an agent whose texts are hostile: ${which}`, async t => {
    const { pid, dir } = await hostileAgent(t, which);
    const each = lines(pid, place(dir)).filter(([name]) => name !== 'attach' && name !== 'detach' && name !== 'run');
    const json = each.filter(([name]) => name !== 'pprof' && name !== 'completion').map(args => [...args, '--json']);
    const trees = ['stats', 'stack', 'sockets', 'fds', 'async'].map(name => [name, pid, '--tree']);
    check(t, await tryAll([...each, ...json, ...trees], dir));
  });
}

test('every command against a process that has hostile names for everything', async t => {
  const pid = await hostileProcess();
  const where = place(folder);
  const each = lines(pid, where);
  const named = [
    ['info', hostileName],
    ['stack', 'nothing-is-called-this'],
    ['tree', pid],
  ];
  check(
    t,
    await tryAll([...each, ...named, ...each.filter(([name]) => name === 'stack').map(a => [...a, '--json'])], folder),
  );
});

test('every report on files in which all names are hostile', async t => {
  check(t, await tryAll(ofFiles(place(folder)), folder));
});

test('text files that were written have no more than what is printed', () => {
  const texts = readdirSync(written).filter(name => !/\.(?:gz|proto|heapsnapshot|folder|flame\.html|html)$/.test(name));
  assert.ok(texts.length > reports.length / 2);
  const problems = texts.flatMap(name =>
    problemsOf(readFileSync(join(written, name), 'utf8'), /\r?\n|\t/g).map(problem => `${name}: ${problem}`),
  );
  assert.deepEqual(problems, []);
});

/** What a terminal gets; `keys` are sent one by one once it has shown hostile text. */
async function onTerminal(t: TestContext, args: string[], keys: string[]): Promise<string> {
  const quoted = [process.execPath, nopsPath, ...args].map(word => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const child = spawn('script', ['--quiet', '--return', '--command', `stty cols 100 rows 40; ${quoted}`, '/dev/null'], {
    env: { ...process.env, NOPS_DIR: folder, TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  const ended = new Promise(resolve => child.once('close', resolve));
  for (const key of keys) {
    const before = text.length;
    await until('it to show hostile text', () => /\\x1b/.test(text));
    child.stdin.write(key);
    await until('it to react', () => text.length > before);
  }
  await ended;
  return text;
}

/** As xterm has them: screen, cursor, erasing; and what Node's line editor moves by. The terminal makes CR LF of a line's end. */
const drawing = /\x1b\[(?:\?(?:1049|25|7)[hl]|\d*[A-GJK]|H)|\r\n?/g;

for (const [what, args, keys] of [
  ['nops -w', () => ['-w'], ['\x03']],
  ['nops top', (pid: string) => ['top', pid], [' ', 'q']],
  ['nops stack', (pid: string) => ['stack', pid, '--threads'], []],
  ['a progress bar', (pid: string) => ['top', pid, '--once', '-s', '3'], []],
  [
    'the shell of nops pprof',
    () => ['pprof', files.profile],
    ['peek \t\t', '.\n', 'o\n', 'top\n', 'list .\n', 'quit\n'],
  ],
] as const) {
  test(`on a terminal: ${what}`, async t => {
    const shown = await onTerminal(t, args(await hostileProcess()), [...keys]);
    assert.match(shown, /\\x1b/, 'hostile text is shown, as escapes');
    assert.deepEqual(problemsOf(shown.replaceAll(drawing, '\n'), /[\n\t]/g), []);
  });
}
