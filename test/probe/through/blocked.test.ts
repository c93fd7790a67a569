/** Processes that SIGUSR1 would end, now or a moment later: no inspector is opened, or none is left, and they go on. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { NopsError } from '@nops/core/protocol/errors';
import { readActivity } from '@nops/probe/beside/threads';
import { readListeners } from '@nops/probe/through/listeners';
import { openInspector } from '@nops/probe/through/open-inspector';
import { noListener, refusal } from '../../support/inspector.js';
import { nodeBinary, nodeVersions } from '../../support/nodes.js';
import { anyMoment, comesAndGoes, mustNotOpen, type Stalled } from '../../support/states.js';
import { startTarget, until } from '../../support/target.js';

const stallFolder = mkdtempSync(join(tmpdir(), 'nops-stalled-'));
after(() => rmSync(stallFolder, { recursive: true }));

async function stalled(t: TestContext, make: (folder: string) => Promise<Stalled>, node: string) {
  const { prefix, code, ...stall } = await make(stallFolder);
  t.after(() => stall.close());
  // The usual port may be another test's: any free one.
  const execArgv = ['--inspect-port=0'];
  const target = await startTarget(t, code, { node, execArgv, prefix, noSocket: true, type: 'cjs' });
  await target.said('ready');
  return { target, ...stall };
}

async function refusedWhile(t: TestContext, make: (folder: string) => Promise<Stalled>, node: string): Promise<void> {
  const { target, release } = await stalled(t, make, node);
  await until(
    () => readActivity(target.pid, target.pid).state === 'sleeping' || undefined,
    () => 'it to be blocked',
  );
  await sleep(anyMoment());
  assert.equal((await refusal(target.pid)).code, 'impossible');
  release();
  await target.said('free');
  await sleep(50);
  assert.equal(readListeners(target.pid).own.size, 0);
  assert.deepEqual([target.child.exitCode, target.child.signalCode], [null, null]);
  assert.doesNotMatch(target.output().stderr, /Debugger/);
}

async function openedOrRefused(t: TestContext, make: (folder: string) => Promise<Stalled>, node: string) {
  const { target, release } = await stalled(t, make, node);
  const feeding = setInterval(release, 15);
  try {
    await sleep(anyMoment());
    await (await openInspector(target.pid, { sharedHost: true })).close();
  } catch (error) {
    assert.ok(error instanceof NopsError, String(error));
    assert.match(error.message, /no signal was sent|did not answer within/);
  } finally {
    clearInterval(feeding);
  }
  await noListener(target.pid);
  assert.deepEqual([target.child.exitCode, target.child.signalCode], [null, null], target.output().stderr);
}

for (const version of nodeVersions) {
  const node = nodeBinary(version) ?? '';
  const skip = node === '' ? `Node ${version} is not installed` : false;
  // Of every state; `npm run soak` does more.
  const rounds = version === nodeVersions[0] || version === nodeVersions.at(-1) ? 5 : 1;

  for (const [state, make] of Object.entries(mustNotOpen)) {
    test(`Node ${version}, ${state}: no signal is sent to ${rounds}, and they go on when they are released`, {
      skip,
    }, async t => {
      await Promise.all(Array.from({ length: rounds }, () => refusedWhile(t, make, node)));
    });
  }

  for (const [state, make] of Object.entries(comesAndGoes)) {
    test(`Node ${version}, ${state}: in and out of a blocking read, ${rounds} live on, opened or refused`, {
      skip,
    }, async t => {
      await Promise.all(Array.from({ length: rounds }, () => openedOrRefused(t, make, node)));
    });
  }
}
