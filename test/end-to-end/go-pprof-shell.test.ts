/**
 * The shell of `nops pprof` beside that of `go tool pprof`: the same script, the same reports, line for line. Go prompts also where nobody
 * types, which is taken out; a bare `lines` is refused there, so it is `lines=true` here; in `options` it has some for which there is nothing here (its disassembly, its call trees).
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nopsPath } from '../cli/helpers.js';
import { oldDifference, pprofPath, skip, withoutOldDifferences } from './go-tool.js';

const fixtures = fileURLToPath(new URL('../../fixtures/pprof/', import.meta.url));
const folders = ['nops', 'go'].map(name => mkdtempSync(join(tmpdir(), `nops-shell-${name}-`)));
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
const [ownFolder = '', goFolder = ''] = folders;

interface Said {
  code: number | null;
  stdout: string;
  stderr: string;
}

function talk(program: string, args: string[], lines: string[], cwd: string): Promise<Said> {
  const env = { ...process.env, TZ: 'UTC', HOME: cwd, PPROF_TMPDIR: cwd, XDG_CONFIG_HOME: cwd, NOPS_DIR: cwd };
  const child = spawn(program, args, { cwd, env, timeout: 30_000, killSignal: 'SIGKILL' });
  const said: Said = { code: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  child.stdin.end(lines.map(line => `${line}\n`).join(''));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', code => resolve({ ...said, code }));
  });
}

function own(lines: string[], ...files: string[]): Promise<Said> {
  return talk(process.execPath, [nopsPath, 'pprof', '-shell', ...files], lines, ownFolder);
}

function go(lines: string[], ...files: string[]): Promise<Said> {
  return talk(pprofPath, ['-symbolize=none', ...files], lines, goFolder);
}

const cpu = join(fixtures, 'go-cpu-1.pb.gz');
const heap = join(fixtures, 'go-heap.pb.gz');
const cpp = join(fixtures, 'cpp-cpu.pb.gz');

const scripts: [string, string, string[]][] = [
  [
    'top and its arguments',
    cpu,
    ['top', 'top5', 'top 3 -cum', 'top json', 'top20 json -runtime -cum', 'text 4', 'quit', 'top'],
  ],
  [
    'tree, peek, list',
    cpu,
    ['tree 10', 'peek json', 'peek encode$', `source_path=${fixtures}`, 'list main.encode', 'exit'],
  ],
  ['traces, tags, raw, comments', cpu, ['traces', 'tags', 'tags feed', 'tags -feed', 'raw', 'comments', 'q']],
  [
    'settings stay, arguments do not',
    cpu,
    [
      'focus=json',
      'top',
      'ignore=runtime //: not this',
      'top 5',
      ':',
      'top 5',
      'granularity=lines',
      'top',
      'functions=true',
      'top',
      'top main',
      'top',
    ],
  ],
  [
    'flags and numbers',
    cpu,
    [
      'sort=cum',
      'top',
      'flat=true',
      'noinlines',
      'top',
      'noinlines=false',
      'nodecount=7',
      'top',
      'trim=false',
      'top',
      'trim=true',
      'nodefraction=0.1',
      'top',
    ],
  ],
  [
    'units and labels',
    cpu,
    [
      'unit=us',
      'top',
      'divide_by=2',
      'top',
      'relative_percentages=true',
      'top json',
      'compact_labels=false',
      'top',
      'tagroot=route',
      'top',
    ],
  ],
  [
    'sample types by their names',
    heap,
    [
      'alloc_space',
      'top',
      'alloc_objects',
      'top 4',
      'mean_alloc_space',
      'top',
      'total_inuse_space',
      'top',
      'sample_index=1',
      'top',
    ],
  ],
  ['an end without quit', heap, ['top']],
  ['a program of C++', cpp, ['top', 'lines=1', 'top std::', 'addresses=true', 'top 6', 'files=t', 'tree 5']],
  [
    'hidden frames',
    cpu,
    ['hide=runtime', 'top', 'show_from=encode', 'tree 6', 'hide=', 'show=main', 'top', 'prune_from=mallocgc', 'top'],
  ],
  [
    'what is wrong is told, and the next line is read',
    cpu,
    ['nonsense', 'focus', 'focus=(', 'top', 'focus=', 'peek', 'peek nothingLikeThis', 'sample_index=other', 'top 2'],
  ],
];

for (const [what, file, lines] of scripts) {
  test(`the same script, the same reports: ${what}`, { skip: skip || (oldDifference(lines) ?? false) }, async () => {
    const [theirs, ours] = await Promise.all([go(lines, file), own(lines, file)]);
    assert.equal(ours.code, 0, ours.stderr);
    const withoutPrompts = theirs.stdout.replaceAll('(pprof) ', '');
    assert.ok(withoutPrompts.length > 100);
    assert.deepEqual(withoutOldDifferences(ours.stdout).split('\n'), withoutOldDifferences(withoutPrompts).split('\n'));
    // Both tell errors and warnings elsewhere.
    assert.match(ours.stderr, /Entering interactive mode/);
  });
}

test('errors have Go’s words', { skip }, async () => {
  const lines = ['nonsense', 'focus', 'peek', 'peek nothingLikeThis', 'tree >', 'focus json', 'help nothing'];
  const [theirs, ours] = await Promise.all([go(lines, cpu), own(lines, cpu)]);
  const told = (text: string) => text.split('Entering interactive mode').at(-1)?.split('\n').slice(1);
  assert.deepEqual(told(ours.stderr), told(theirs.stderr));
});

test('reports go to files that are named, and binary ones always', { skip }, async () => {
  const lines = ['top5 -cum > top.txt', 'tree 3 json >tree.txt', 'proto', 'proto > all.pb.gz'];
  const [theirs, ours] = await Promise.all([go(lines, cpu), own([...lines, 'svg'], cpu)]);
  assert.equal(ours.stdout, theirs.stdout.replaceAll('(pprof) ', ''));
  for (const name of ['top.txt', 'tree.txt'])
    assert.equal(readFileSync(join(ownFolder, name), 'utf8'), readFileSync(join(goFolder, name), 'utf8'));
  assert.match(ours.stderr, /Generating report in profile001\.pb\.gz\n/);
  assert.match(readFileSync(join(ownFolder, 'profile002.svg'), 'utf8'), /^<\?xml /);
  const [a, b] = await Promise.all([
    go(['top'], join(ownFolder, 'all.pb.gz')),
    go(['top'], join(goFolder, 'all.pb.gz')),
  ]);
  assert.equal(a.stdout, b.stdout);
});

const optionLines = ['focus=json', 'nodecount=12', 'o', 'granularity=lines', 'o'];
test('options lists every setting as Go does', { skip: skip || (oldDifference(optionLines) ?? false) }, async () => {
  const [theirs, ours] = await Promise.all([go(optionLines, heap), own(optionLines, heap)]);
  const settings = (text: string) => text.split('\n').filter(line => /^ {2}\S+ +=/.test(line));
  const known = new Set(settings(ours.stderr).map(line => line.split('=')[0]));
  const missing = settings(theirs.stderr).filter(line => !known.has(line.split('=')[0]));
  assert.deepEqual(
    [...new Set(missing.map(line => line.trim().split(' ')[0]))],
    ['call_tree', 'intel_syntax', 'normalize', 'output'],
  );
  const shared = settings(theirs.stderr).filter(line => known.has(line.split('=')[0]));
  assert.deepEqual(settings(ours.stderr), shared);
});
