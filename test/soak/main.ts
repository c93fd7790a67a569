/**
 * `npm run soak [-- rounds [version ...]]`: attaches to processes in every state, at random moments, again and again, and counts: attached,
 * refused, failed, killed, left open. Every process is another; those that are blocked are released afterwards. Ends with 1 when one was
 * killed, or an inspector, agent or file was left a second after its batch.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { comesAndGoes, mayOpen, mustNotOpen, type Stalled } from '../support/states.js';
import { type Counts, runBatch, type State } from './batch.js';

const [asked = '200', ...wanted] = process.argv.slice(2);
const rounds = Number(asked);
/** At once; each is a process of its own. Those that are blocked need no processor. */
const parallel = { open: 6, blocked: 12, alternating: 6 };
const folder = mkdtempSync(join(tmpdir(), 'nops-soak-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => process.exit(1));

const free = (code: string) => async (): Promise<Stalled> => ({ prefix: [], code, release() {}, close() {} });
const states: State[] = [
  ...Object.entries(mayOpen).map(([name, code]): State => ({ name, kind: 'open', make: free(code) })),
  ...Object.entries(mustNotOpen).map(([name, make]): State => ({ name, kind: 'blocked', make })),
  ...Object.entries(comesAndGoes).map(([name, make]): State => ({ name, kind: 'alternating', make })),
];

let isWrong = false;
console.log('Node  state      attached  refused  failed  killed  left  wrongly  seconds');
for (const chosen of [
  states.filter(({ kind }) => kind !== 'alternating'),
  states.filter(({ kind }) => kind === 'alternating'),
]) {
  for (const version of nodeVersions) {
    const node = nodeBinary(version);
    if (node === undefined || (wanted.length > 0 && !wanted.includes(version))) continue;
    for (const state of chosen) await soak(version, node, state);
  }
}
console.log(isWrong ? 'soak: NOT fine' : 'soak: fine');
process.exit(isWrong ? 1 : 0);

async function soak(version: string, node: string, state: State): Promise<void> {
  const began = performance.now();
  const counts: Counts = { attached: 0, refused: 0, failed: new Map(), killed: 0, left: 0, wrongly: 0 };
  for (let done = 0; done < rounds; done += parallel[state.kind]) {
    await runBatch({ node, folder, state, size: Math.min(parallel[state.kind], rounds - done), counts });
  }
  report(version, state, counts, performance.now() - began);
}

function report(version: string, { name }: State, counts: Counts, ms: number): void {
  const { attached, refused, failed, killed, left, wrongly } = counts;
  isWrong ||= killed > 0 || left > 0 || wrongly > 0;
  const failures = [...failed.values()].reduce((sum, count) => sum + count, 0);
  const figures = [attached, refused, failures, killed, left, wrongly].map((figure, index) =>
    String(figure).padStart([10, 9, 8, 8, 6, 9][index] ?? 8),
  );
  console.log(`${version.padEnd(4)}  ${name.padEnd(9)}${figures.join('')}${(ms / 1000).toFixed(0).padStart(9)}`);
  for (const [message, count] of failed) console.log(`        ${count} × ${message}`);
}
