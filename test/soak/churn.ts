/**
 * `npm run soak -- churn [rounds [version ...]]`: rounds of commands against programs whose worker threads end all the time, with an agent from
 * the start and attached to; counts the programs that died of it, and the commands that failed. Ends with 1 when one died.
 */

import { type Churn, type Outcome, runRound, startChurn } from '../support/churn.js';
import { nodeBinary, nodeVersions } from '../support/nodes.js';

const [asked = '25', ...wanted] = process.argv.slice(3);
const rounds = Number(asked);
let running: Churn | undefined;
process.on('exit', () => running?.close());
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => process.exit(1));

let deaths = 0;
console.log('Node  agent       rounds  deaths  answered  late  failed  workers ended  seconds');
for (const version of nodeVersions) {
  const node = nodeBinary(version);
  if (node === undefined || (wanted.length > 0 && !wanted.includes(version))) continue;
  for (const agent of [true, false]) await soak(version, node, agent);
}
console.log(deaths === 0 ? 'soak: fine' : 'soak: NOT fine');
process.exit(deaths === 0 ? 0 : 1);

async function soak(version: string, node: string, agent: boolean): Promise<void> {
  const began = performance.now();
  const outcomes: Outcome[] = [];
  const ways: string[] = [];
  let ended = 0;
  for (let left = rounds; left > 0; ) {
    const { churn, run } = await startChurn(node, agent);
    running = churn;
    for (; left > 0 && churn.isAlive(); left--) outcomes.push(...(await runRound(churn.pid, run, !agent)));
    ended += Object.values(churn.ended()).reduce((sum, count) => sum + count, 0);
    const outcome = churn.outcome();
    if (outcome !== undefined) ways.push(outcome);
    churn.close();
  }
  deaths += ways.length;
  const count = (end: Outcome['end']) => outcomes.filter(outcome => outcome.end === end).length;
  const figures = [rounds, ways.length, count('answered'), count('late'), count('failed'), ended];
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  const cells = [...figures.map(String), seconds].map((cell, i) => cell.padStart([8, 8, 10, 6, 8, 15, 9][i] ?? 8));
  console.log(`${version.padEnd(4)}  ${(agent ? 'from start' : 'attached').padEnd(10)}${cells.join('')}`);
  for (const way of ways) console.log(`        died: ${way}`);
  for (const outcome of outcomes)
    if (outcome.end === 'failed') console.log(`        ${outcome.command}: ${outcome.why}`);
}
