/** Stacks read from outside against V8's own call sites, for every way to call a function, on every Node. */

import assert from 'node:assert/strict';
import test from 'node:test';
import type { StackFrame } from '@nops/core/protocol/results';
import { nodeBinary, nodeVersions } from '../../support/nodes.js';
import { runScenarios, type Scenario, type Site } from './call-sites.js';

/** At least this part of the frames must be equal in file, line and column. */
const leastEqual = 0.99;
const scenarioCount = 56;

/** Where we name a function otherwise than V8 does, and why. */
function isKnownName(site: Site, frame: StackFrame): boolean {
  // V8 calls the code of eval `eval`; it is a script's top level, which has no name.
  if (site.isEval && site.function === 'eval') return true;
  // V8 makes up names for the code of fields and static blocks; its ScopeInfo has the class's.
  if (/^<(?:instance_members|static)_initializer>$/.test(site.function)) return true;
  // V8 11.3 names by where a function was assigned (`Module._compile`), which is the class and the name here.
  return site.function.endsWith(`.${frame.function}`) && frame.function !== '';
}

/** Where we name a class otherwise than V8 does, and why. */
function isKnownClass(site: Site, frame: StackFrame): boolean {
  // Calls that were inlined have no `this` on the stack, and one that never escapes is optimized away; V8 makes it up again.
  const isOptimized = frame.tier === 'maglev' || frame.tier === 'turbofan';
  if (frame.inlined || (isOptimized && frame.class === undefined)) return true;
  // Until 13.x V8 calls the class of a static method Function.
  return site.type === 'Function' && frame.class !== undefined;
}

function positions({ sites, frames }: Scenario): { equal: number; total: number; differing: string[] } {
  const total = Math.max(sites.length, frames.length);
  const differing: string[] = [];
  for (let index = 0; index < total; index++) {
    const [site, frame] = [sites[index], frames[index]];
    if (site === undefined || frame === undefined || !isSamePlace(site, frame)) {
      differing.push(`#${index} V8 ${describe(site)}, we ${describe(frame)} ${frame?.tier ?? ''}`);
    }
  }
  return { equal: total - differing.length, total, differing };
}

function isSamePlace(site: Site, frame: StackFrame): boolean {
  // Of WebAssembly we tell that it is that; V8 tells an offset in its bytes.
  if (site.url.startsWith('wasm://')) return frame.kind === 'wasm';
  // Code of eval has no url; V8 tells where eval was called.
  const isSameUrl = site.url === frame.url || (site.isEval && /^eval at /.test(site.url));
  return isSameUrl && site.line === frame.line && site.column === frame.column;
}

function describe(place: { function: string; url: string; line: number | null; column: number | null } | undefined) {
  return place === undefined ? 'nothing' : `${place.function} ${place.url}:${place.line}:${place.column}`;
}

for (const version of nodeVersions) {
  const node = nodeBinary(version);
  const skip = node === undefined ? `Node ${version} is not installed` : false;
  // Every tier: as usual; without the optimizers; each function compiled at once; the interpreter alone.
  for (const flags of [[], ['--no-opt'], ['--always-sparkplug'], ['--jitless']]) {
    // WebAssembly needs a compiler.
    const expected = flags.includes('--jitless') ? scenarioCount - 1 : scenarioCount;
    test(`Node ${version} ${flags.join(' ')}: stacks equal V8's own`, { skip }, async t => {
      const scenarios = await runScenarios(t, node ?? '', flags);
      assert.equal(scenarios.length, expected);
      let equal = 0;
      let total = 0;
      for (const scenario of scenarios) {
        const compared = positions(scenario);
        equal += compared.equal;
        total += compared.total;
        for (const line of compared.differing) t.diagnostic(`${scenario.name} ${line}`);
      }
      t.diagnostic(`${equal} of ${total} frames equal in file, line and column`);
      assert.ok(total >= 4 * expected, `${total} frames`);
      assert.ok(equal / total >= leastEqual, `${equal} of ${total}`);
      checkNames(scenarios);
    });
  }
}

function checkNames(scenarios: Scenario[]): void {
  const wrong: string[] = [];
  for (const { name, sites, frames } of scenarios) {
    for (const [index, site] of sites.entries()) {
      const frame = frames[index];
      if (frame === undefined || frame.kind === 'wasm') continue;
      if (site.function !== frame.function && !isKnownName(site, frame)) {
        wrong.push(`${name} #${index}: V8 names it ${site.function}, we ${frame.function}`);
      }
      const type = site.type === 'Object' ? null : site.type;
      if (type !== null && type !== frame.class && !isKnownClass(site, frame)) {
        wrong.push(`${name} #${index}: V8 tells the class ${type} of ${site.function}, we ${frame.class}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
}
