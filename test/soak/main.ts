/**
 * `npm run soak [-- rounds [version ...]]`: attaches to processes in every state, at random moments, again and again, and counts: attached,
 * refused, failed, killed, inspectors left open a second later. Every process is another; those that are blocked are released afterwards.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NopsError } from '@nops/core/protocol/errors';
import { evaluate } from '@nops/probe/through/inspector-channel';
import { readListeners } from '@nops/probe/through/listeners';
import { openInspector } from '@nops/probe/through/open-inspector';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { mayOpen, mustNotOpen } from '../support/states.js';

const [rounds = '200', ...wanted] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'nops-soak-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

interface Counts {
  attached: number;
  refused: number;
  failed: Map<string, number>;
  killed: number;
  left: number;
}

let isWrong = false;
for (const version of nodeVersions) {
  const node = nodeBinary(version);
  if (node === undefined || (wanted.length > 0 && !wanted.includes(version))) continue;
  for (const [state, code] of Object.entries(mayOpen)) report(version, state, await soak(node, () => code));
  for (const [state, make] of Object.entries(mustNotOpen)) report(version, state, await soak(node, make));
}
process.exit(isWrong ? 1 : 0);

function report(version: string, state: string, { attached, refused, failed, killed, left }: Counts): void {
  isWrong ||= killed > 0 || left > 0;
  const why = [...failed].map(([message, count]) => `${count} × ${message}`).join('; ');
  const failures = [...failed.values()].reduce((sum, count) => sum + count, 0);
  console.log(
    `Node ${version} ${state.padEnd(8)} attached ${attached}, refused ${refused}, failed ${failures}, killed ${killed}, left open ${left}${why === '' ? '' : `: ${why}`}`,
  );
}

async function soak(node: string, make: (fifo: string) => string): Promise<Counts> {
  const counts: Counts = { attached: 0, refused: 0, failed: new Map(), killed: 0, left: 0 };
  for (let round = 0; round < Number(rounds); round++) await once(node, make, counts);
  return counts;
}

async function once(node: string, make: (fifo: string) => string, counts: Counts): Promise<void> {
  const fifo = join(folder, 'fifo');
  rmSync(fifo, { force: true });
  execFileSync('mkfifo', [fifo]);
  const child = spawn(node, ['--inspect-port=0', '-e', make(fifo)], { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  child.stdout.on('data', chunk => {
    said += chunk;
  });
  while (!said.includes('ready') && runs(child)) await sleep(2);
  await sleep(Math.random() * 100);
  await attach(child.pid ?? 0, counts);
  if (make(fifo).includes(fifo)) {
    writeFileSync(fifo, 'x');
    for (let waited = 0; !said.includes('free') && runs(child) && waited < 5000; waited += 5) await sleep(5);
  }
  await sleep(50);
  if (!runs(child)) counts.killed++;
  else if (await staysOpen(child.pid ?? 0)) counts.left++;
  child.kill('SIGKILL');
}

async function attach(pid: number, counts: Counts): Promise<void> {
  try {
    const inspector = await openInspector(pid);
    await evaluate(inspector.channel, 'process.pid');
    await inspector.close();
    counts.attached++;
  } catch (error) {
    if (!(error instanceof NopsError)) throw error;
    if (error.message.includes('no signal was sent')) counts.refused++;
    else counts.failed.set(error.message, (counts.failed.get(error.message) ?? 0) + 1);
  }
}

async function staysOpen(pid: number): Promise<boolean> {
  for (let waited = 0; waited < 1000; waited += 50) {
    if (readListeners(pid).own.size === 0) return false;
    await sleep(50);
  }
  return true;
}

function runs({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}
