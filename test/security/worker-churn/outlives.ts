/** Worker threads that end while nops looks at their process: it lives on. `npm run soak -- churn` does the same for longer. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Outcome, runRound, startChurn } from '../../support/churn.js';
import { nodeBinary } from '../../support/nodes.js';

const rounds = 5;

/** One case a file: each takes a minute or two. */
export function testChurn(version: string, agent: boolean): void {
  const node = nodeBinary(version);
  const how = agent ? 'with the agent from the start' : 'attached to';
  test(`Node ${version}, ${how}: outlives ${rounds} rounds of commands while its workers end`, {
    skip: node === undefined && `Node ${version} could not be installed`,
  }, async t => {
    const { churn, run } = await startChurn(node ?? '', agent);
    t.after(() => churn.close());
    const before = churn.ended();
    const outcomes: Outcome[] = [];
    for (let round = 1; round <= rounds; round++) {
      outcomes.push(...(await runRound(churn.pid, run, !agent)));
      assert.equal(churn.outcome(), undefined, `it ended in round ${round}; ${JSON.stringify(outcomes)}`);
    }
    assert.deepEqual(
      outcomes.filter(({ end }) => end === 'failed'),
      [],
    );
    const answered = new Set(outcomes.flatMap(({ command, end }) => (end === 'answered' ? [command] : [])));
    const asked = new Set(outcomes.map(({ command }) => command));
    assert.deepEqual([...asked].sort(), [...answered].sort(), JSON.stringify(outcomes));
    const after = churn.ended();
    for (const way of ['exit', 'terminate', 'throw']) {
      assert.ok((after[way] ?? 0) > (before[way] ?? 0) + rounds, `${way}: ${JSON.stringify({ before, after })}`);
    }
  });
}
