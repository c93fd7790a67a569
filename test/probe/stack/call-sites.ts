/** Runs test/fixtures/call-sites.cjs and compares each of its stacks, read from outside, with V8's own view of it. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { StackFrame } from '@nops/core/protocol/results';
import { Stacks } from '@nops/probe/beside/stack/stacks';
import { readActivity } from '@nops/probe/beside/threads';
import { until } from '../../support/target.js';

/** A frame as V8 tells it. */
export interface Site {
  url: string;
  line: number | null;
  column: number | null;
  function: string;
  type: string | null;
  isAsync: boolean;
  isEval: boolean;
}

export interface Scenario {
  name: string;
  sites: Site[];
  frames: StackFrame[];
}

const fixture = fileURLToPath(new URL('../../../fixtures/call-sites.cjs', import.meta.url));

/** Every scenario with both views of its stack: V8's has the frames of scripts only, and so have ours here. */
export async function runScenarios(t: TestContext, node: string, flags: readonly string[] = []): Promise<Scenario[]> {
  const child = spawn(node, [...flags, fixture], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  t.after(() => child.kill('SIGKILL'));
  const pid = child.pid ?? 0;
  const go = child.stdio[4] as Writable;
  const scenarios: Scenario[] = [];
  let stacks: Stacks | undefined;
  try {
    for await (const line of createInterface({ input: child.stdio[3] as Readable })) {
      const { name, sites } = JSON.parse(line) as { name: string; sites: Site[] };
      if (name === '') return scenarios;
      stacks ??= new Stacks(pid);
      scenarios.push({ name, sites: sites.filter(isOnStack), frames: await framesOf(stacks, pid) });
      go.write('x');
    }
    throw new Error('the fixture ended before its last scenario');
  } finally {
    stacks?.close();
  }
}

/** Waiting callers are in V8's trace too, but not on the stack. */
function isOnStack({ isAsync, line, url }: Site): boolean {
  return !isAsync && line !== null && url !== '';
}

/** The frames of scripts outside of `block`, once the process is blocked in read(2). */
async function framesOf(stacks: Stacks, pid: number): Promise<StackFrame[]> {
  let last = '';
  const { frames } = await until(
    () => {
      if (readActivity(pid, pid).syscall?.name !== 'read') return undefined;
      const look = stacks.look(pid);
      last = `${look.accuracy} ${look.problem ?? ''} ${look.frames.length} frames`;
      return look.accuracy === 'exact' && look.frames.length > 0 ? look : undefined;
    },
    () => `an exact stack; the last look: ${last}`,
  );
  const ofScripts = frames.filter(({ line, kind }) => line > 0 || kind === 'wasm');
  return ofScripts.slice(ofScripts.findIndex(frame => frame.function === 'block') + 1);
}
