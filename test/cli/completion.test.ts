/** The completion scripts, run in real shells. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { byEveryName } from 'nops/dist/commands/index.js';
import { folder, nops, nopsPath, run, startNode } from './helpers.js';

const quiet = 'setInterval(() => {}, 1000); console.log("ready")';
const bin = join(folder, 'bin');
let pid = 0;

before(async () => {
  // `nops` as a user has it in PATH.
  mkdirSync(bin);
  writeFileSync(join(bin, 'nops'), `#!/bin/sh\nexec '${process.execPath}' '${nopsPath}' "$@"\n`);
  chmodSync(join(bin, 'nops'), 0o755);
  const script = join(mkdtempSync(join(folder, 'app-')), 'completed-app.js');
  writeFileSync(script, quiet);
  pid = (await startNode([script])).pid;
});

function has(shell: string): boolean {
  try {
    execFileSync(shell, ['-c', 'exit 0'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function shell(program: string, args: string[]) {
  return run(program, args, { PATH: `${bin}:${process.env['PATH'] ?? ''}` });
}

/** What bash offers for a line that ends at the cursor. */
async function bashOffers(line: string): Promise<string[]> {
  const words = line.split(' ').map(word => `'${word}'`);
  const code = `source <(nops completion bash); COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _nops; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const ended = await shell('bash', ['--norc', '-c', code]);
  assert.deepEqual({ code: ended.code, stderr: ended.stderr }, { code: 0, stderr: '' });
  return ended.stdout.trim().split('\n');
}

test('bash: commands, options, targets, words', { skip: !has('bash') }, async () => {
  assert.deepEqual(await bashOffers('nops memst'), ['memstats']);
  assert.deepEqual(await bashOffers('nops pprof-'), ['pprof-cpu', 'pprof-heap']);
  assert.deepEqual(await bashOffers('nops cpu --o'), ['--output', '--open']);
  assert.deepEqual(await bashOffers('nops list --w'), ['--watch']);
  assert.deepEqual(await bashOffers('nops stack completed'), ['completed-app']);
  assert.ok((await bashOffers('nops stats ')).includes(String(pid)));
  assert.ok((await bashOffers('nops ')).includes(String(pid)), 'a pid alone is a command too');
  assert.deepEqual(await bashOffers('nops completion z'), ['zsh']);
  assert.deepEqual(await bashOffers('nops doctor x'), ['']);
  assert.deepEqual(await bashOffers('nops asy'), ['async']);
  assert.deepEqual(await bashOffers('nops stack --st'), ['--stop']);
  assert.deepEqual(await bashOffers('nops top --o'), ['--once']);
  assert.deepEqual(await bashOffers('nops async --v'), ['--values', '--version']);
  // What follows an option that takes a value is not ours to offer.
  assert.deepEqual(await bashOffers('nops async --why '), ['']);
});

test('bash: every command of the table, each with all of its options', { skip: !has('bash') }, async () => {
  const offered = new Set(await bashOffers('nops '));
  const script = (await nops(['completion', 'bash'])).stdout;
  for (const [name, { load }] of Object.entries(byEveryName)) {
    assert.ok(offered.has(name), name);
    const words = new RegExp(`^ +${name}\\) words='([^']*)' ;;$`, 'm').exec(script)?.[1]?.split(' ') ?? [];
    for (const option of Object.keys((await load()).options))
      assert.ok(words.includes(`--${option}`), `${name} ${option}`);
  }
});

test('zsh takes the script, and offers from it', { skip: !has('zsh') }, async () => {
  const script = join(folder, 'nops.zsh');
  writeFileSync(script, (await nops(['completion', 'zsh'])).stdout);
  // compadd and _describe are stood in for, since the real ones work only within the line editor.
  const code = `compdef() { print "compdef $*" }; compadd() { shift \${@[(i)--]}; print -l -- "$@" }; _describe() { print -l -- $names }
    source ${script}; words=(nops stack ''); CURRENT=3; _nops; words=(nops ''); CURRENT=2; _nops; words=(nops cpu --); CURRENT=3; _nops; words=(nops stack --); CURRENT=3; _nops; words=(nops top --); CURRENT=3; _nops`;
  const ended = await shell('zsh', ['-f', '-c', code]);
  assert.deepEqual({ code: ended.code, stderr: ended.stderr }, { code: 0, stderr: '' });
  const lines = ended.stdout.split('\n');
  for (const line of ['compdef _nops nops', String(pid), 'completed-app', '--hz', '--stop', '--once'])
    assert.ok(lines.includes(line), line);
  assert.ok(lines.some(line => line.startsWith('memstats:V8')));
  for (const name of Object.keys(byEveryName))
    assert.ok(
      lines.some(line => line.startsWith(`${name}:`)),
      name,
    );
});

test('fish offers commands, options and targets', { skip: !has('fish') }, async () => {
  const code = (line: string) => `nops completion fish | source; complete -C '${line}'`;
  const offers = async (line: string) => (await shell('fish', ['--no-config', '-c', code(line)])).stdout;
  assert.match(await offers('nops memst'), /^memstats\tV8/m);
  assert.match(await offers('nops stack completed'), /^completed-app$/m);
  assert.match(await offers('nops cpu --h'), /^--hz\t/m);
  assert.match(await offers('nops completion z'), /^zsh$/m);
  assert.match(await offers('nops asy'), /^async\tEvery/m);
  assert.match(await offers('nops stack --st'), /^--stop\t/m);
  assert.match(await offers('nops top --o'), /^--once\t/m);
  const all = (await offers('nops ')).split('\n').map(line => line.split('\t')[0]);
  for (const name of Object.keys(byEveryName)) assert.ok(all.includes(name), name);
});

test('a name that a shell could take for more than a word is not offered', async () => {
  const script = join(mkdtempSync(join(folder, 'app-')), '$(touch evil).js');
  writeFileSync(script, quiet);
  const evil = await startNode([script]);
  const { stdout } = await nops(['completion', 'targets']);
  assert.match(stdout, new RegExp(`^${evil.pid}$`, 'm'));
  assert.doesNotMatch(stdout, /evil/);
});

test('an unknown shell is refused', async () => {
  const ended = await nops(['completion', 'bahs']);
  assert.equal(ended.code, 2);
  assert.match(ended.stderr, /did you mean bash\?/);
});
