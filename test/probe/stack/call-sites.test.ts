/** Stacks read from outside against V8's own call sites, for every way to call a function, on every Node. */

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { StackFrame } from '@nops/core/protocol/results';
import { nodeBinary, nodeVersions } from '../../support/nodes.js';
import { runScenarios, type Scenario, type Site } from './call-sites.js';

const scenarioCount = 71;

/** Where we name a function otherwise than V8 does, and why. */
function isKnownName(version: string, site: Site, frame: StackFrame): boolean {
  // V8 calls the code of eval `eval`; it is a script's top level, which has no name.
  if (site.isEval && site.function === 'eval') return frame.function === '';
  // V8 makes up names for the code of fields and static blocks; its ScopeInfo has the class's.
  if (/^<(?:instance_members|static)_initializer>$/.test(site.function))
    return /^With(?:Field|Static)$/.test(frame.function);
  // V8 11.3 names by where a function was assigned (`Module._compile`), which is the class and the name here.
  return version === '20' && frame.function !== '' && site.function.endsWith(`.${frame.function}`);
}

/** Where we tell a class otherwise than V8 does, and why. */
function isKnownClass(version: string, site: Site, frame: StackFrame): boolean {
  // Calls that were inlined have no `this` on the stack, and one that never escapes is optimized away; V8 makes it up again.
  const isOptimized = frame.tier === 'maglev' || frame.tier === 'turbofan';
  if (frame.class === undefined) return frame.inlined || isOptimized;
  // V8 calls the class of a static method Function until 13.x.
  if (site.type === 'Function') return version === '20' || version === '22';
  // It tells none of constructors (`new Derived`) and of the code of fields, whose `this` has one.
  return site.type === null && [site.function, 'Derived', 'WithField'].includes(frame.class);
}

function positions({ sites, frames }: Scenario): { total: number; differing: string[] } {
  const total = Math.max(sites.length, frames.length);
  const differing: string[] = [];
  for (let index = 0; index < total; index++) {
    const [site, frame] = [sites[index], frames[index]];
    if (site === undefined || frame === undefined || !(isSamePlace(site, frame) || isKnownPlace(site, frame))) {
      differing.push(`#${index} V8 ${describe(site)}, we ${describe(frame)} ${frame?.tier ?? ''}`);
    }
  }
  return { total, differing };
}

function isSamePlace(site: Site, frame: StackFrame): boolean {
  // Of WebAssembly we tell that it is that; V8 tells an offset in its bytes.
  if (site.url.startsWith('wasm://')) return frame.kind === 'wasm';
  // Code of eval has no url; V8 tells where eval was called.
  const isSameUrl = site.url === frame.url || (site.isEval && /^eval at /.test(site.url));
  return isSameUrl && site.line === frame.line && site.column === frame.column;
}

/** Where we tell another place than V8 does, and why. */
function isKnownPlace(site: Site, frame: StackFrame): boolean {
  // For a loop that was optimized while it ran, Maglev records where the statement begins as the place of a call that it inlined; V8
  // reads the bytecode's offset from its deoptimization data, which is not decoded here.
  return (
    frame.tier === 'maglev' && site.function === 'optimizedLoop' && site.url === frame.url && site.line === frame.line
  );
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
      const compared = scenarios.map(positions);
      const total = compared.reduce((sum, each) => sum + each.total, 0);
      const differing = scenarios.flatMap(({ name }, index) =>
        (compared[index]?.differing ?? []).map(line => `${name} ${line}`),
      );
      t.diagnostic(`${total - differing.length} of ${total} frames equal in file, line and column`);
      assert.ok(total >= 4 * expected, `${total} frames`);
      assert.deepEqual(differing, []);
      checkNames(version, scenarios);
      if (flags.length === 0) checkTiers(t, scenarios);
    });
  }
}

/** That what these scenarios are there for was met: inlined calls, and code that waits for its lazy deoptimization. */
function checkTiers(t: TestContext, scenarios: Scenario[]): void {
  const optimized = scenarios.filter(({ name }) => name.startsWith('optimized') && name !== 'optimizedTry');
  const withInlined = optimized.filter(({ frames }) => frames.some(({ inlined }) => inlined));
  const inlined = optimized.flatMap(({ frames }) => frames.filter(frame => frame.inlined)).length;
  t.diagnostic(`${inlined} frames of inlined calls, in ${withInlined.length} of ${optimized.length} scenarios`);
  assert.ok(withInlined.length >= 3, 'calls were inlined');
  const waiting = scenarios.find(({ name }) => name === 'lazilyDeoptimized')?.frames ?? [];
  assert.ok(
    waiting.some(({ tier }) => tier === 'maglev' || tier === 'turbofan'),
    'optimized code was waiting',
  );
}

function checkNames(version: string, scenarios: Scenario[]): void {
  const wrong: string[] = [];
  for (const { name, sites, frames } of scenarios) {
    for (const [index, site] of sites.entries()) {
      const frame = frames[index];
      if (frame === undefined || frame.kind === 'wasm') continue;
      if (site.function !== frame.function && !isKnownName(version, site, frame)) {
        wrong.push(`${name} #${index}: V8 names it ${site.function}, we ${frame.function}`);
      }
      const type = site.type === 'Object' ? null : site.type;
      if (type !== (frame.class ?? null) && !isKnownClass(version, { ...site, type }, frame)) {
        wrong.push(`${name} #${index}: V8 tells the class ${type} of ${site.function}, we ${frame.class}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
}
