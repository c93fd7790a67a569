/** Stacks are columns of letters, outermost first; each letter is a function of its own file. `.` is idle, `P` V8's (program). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CpuProfile, CpuProfileNode } from '@nops/core/profile/formats/from-cpuprofile';
import {
  blameLoops as blame,
  isToldEnough,
  type Look,
  repeatedLook,
  type SeenBeside,
  tellUnchecked,
} from '@nops/core/profile/sampling/loop-blame';
import { decodeWindow } from '@nops/core/profile/sampling/sample-window';
import { type StackTotals, sumWindows } from '@nops/core/profile/sampling/stack-totals';
import { StackTree } from '@nops/core/profile/sampling/stack-tree';
import { windowsToCpuProfile } from '@nops/core/profile/sampling/to-cpuprofile';
import type { StackFrame } from '@nops/core/protocol/results';

const frame = (name: string) => ({
  functionName: name,
  url: `file:///app/${name}.mjs`,
  lineNumber: 9,
  columnNumber: 4,
});
const own = (name: string) => ({ functionName: name, url: '', lineNumber: -1, columnNumber: -1 });
const special: Record<string, string> = { '.': '(idle)', P: '(program)' };

/** Ticks of a leaf are on line 12, the line on which every look has its callers. */
function profileOf(stacks: string[], tickLine = 12): CpuProfile {
  const nodes: CpuProfileNode[] = [{ id: 1, callFrame: own('(root)'), children: [] }];
  const nodeAt = (path: string): CpuProfileNode => {
    const [root] = nodes;
    assert.ok(root !== undefined);
    let node = root;
    for (const letter of path) {
      const name = special[letter] ?? letter;
      let child = nodes.find(({ id, callFrame }) => node.children?.includes(id) && callFrame.functionName === name);
      if (child === undefined) {
        child = {
          id: nodes.length + 1,
          callFrame: letter in special ? own(name) : frame(name),
          children: [],
          positionTicks: [],
        };
        nodes.push(child);
        node.children?.push(child.id);
      }
      node = child;
    }
    return node;
  };
  const samples = stacks.map(path => {
    const node = nodeAt(path);
    node.positionTicks?.push({ line: tickLine, ticks: 1 });
    return node.id;
  });
  return { nodes, startTime: 0, endTime: samples.length * 1000, samples, timeDeltas: samples.map(() => 1000) };
}

const times = (count: number, path: string) => Array.from({ length: count }, () => path);
const lookAt = (path: string): Look => [...path].map(letter => ({ ...frame(letter), line: 12 }));
const looksAt = (...paths: string[]) => paths.map(lookAt);

const range = { fromMicros: 0, toMicros: 1e9 };
const windowOf = (cpu: CpuProfile) => decodeWindow(cpu, { tree: new StackTree(), intervalMicros: 1000 });

/** What V8 tells when it is asked for a stack: lines of calls. */
const toldAt = (path: string): StackFrame[] =>
  [...path].map(letter => ({
    function: letter,
    url: `/app/${letter}.mjs`,
    line: 13,
    column: 5,
    kind: 'js',
    inlined: false,
  }));

/** V8 tells the stack that the last look found, unless another is given. */
function seenBeside(
  looks: Look[],
  told = looks
    .at(-1)
    ?.map(each => each.functionName)
    .join('') ?? '',
): SeenBeside {
  return { looks, told: times(3, told).map(toldAt) };
}

function blameLoops(cpu: CpuProfile, looks: Look[] | undefined, told?: string) {
  const totals = sumWindows([windowOf(cpu)], range);
  return { totals, ...blame(totals, looks === undefined ? undefined : seenBeside(looks, told)) };
}

/** Samples by stack. */
function stacksOf({ tree, stacks }: StackTotals): Record<string, number> {
  const letter = (name: string) => Object.keys(special).find(key => special[key] === name) ?? name;
  const pathOf = (node: number) =>
    tree
      .path(node)
      .reverse()
      .map(n => letter(tree.frame(n).functionName))
      .join('');
  return Object.fromEntries([...stacks].map(([node, { hits }]) => [pathOf(node), hits]));
}

test('samples of a caller go to the looping function that every look finds below it, with the line of the loop', () => {
  const cpu = profileOf([...times(20, 'ab'), ...times(20, '.')]);
  const { totals, comments } = blameLoops(cpu, looksAt(...times(9, 'abc')));
  assert.deepEqual(stacksOf(totals), { abc: 20, '.': 20 });
  const lines = [...totals.stacks.values()].map(({ lines }) => [...lines]);
  assert.ok(
    lines.some(([line]) => line?.[0] === 13 && line[1] === 20),
    JSON.stringify(lines),
  );
  assert.match(comments.join('\n'), /^corrected: 20 of 20 samples .* b .* c \(c\.mjs:13\): 9 of 9 looks/);
});

test('a loop without a caller: (program) is its own', () => {
  const { totals } = blameLoops(profileOf([...times(20, 'P'), ...times(3, '.')]), looksAt(...times(9, 'c')));
  assert.deepEqual(stacksOf(totals), { c: 20, '.': 3 });
});

test('what the loop calls goes with it, two missing functions are both found', () => {
  const called = blameLoops(profileOf([...times(10, 'ab'), ...times(10, 'abx')]), looksAt(...times(9, 'abc')));
  assert.deepEqual(stacksOf(called.totals), { abc: 10, abcx: 10 });
  const two = blameLoops(profileOf(times(20, 'a')), looksAt(...times(9, 'abc')));
  assert.deepEqual(stacksOf(two.totals), { abc: 20 });
  assert.equal(two.comments.length, 2);
});

test('V8’s own format has the corrected stacks, sample by sample', () => {
  const looks = looksAt(...times(9, 'abc'));
  const made = windowsToCpuProfile([windowOf(profileOf([...times(20, 'ab'), ...times(3, '.')]))], range, totals =>
    blame(totals, seenBeside(looks)),
  );
  const names = made.samples?.map(id => made.nodes.find(node => node.id === id)?.callFrame.functionName);
  assert.deepEqual(names, [...times(20, 'c'), ...times(3, '(idle)')]);
});

/** Each with what must be left exactly as it is. */
const unchanged: Record<string, [stacks: string[], looks: Look[], tickLine?: number, told?: string]> = {
  'a function that the profile has there': [[...times(10, 'ab'), ...times(10, 'abc')], looksAt(...times(9, 'abc'))],
  'looks that differ': [times(20, 'ab'), looksAt(...times(5, 'abc'), ...times(4, 'abd'))],
  'a few looks only': [times(20, 'ab'), looksAt(...times(4, 'abc'))],
  'another stack': [times(20, 'ab'), looksAt(...times(9, 'xbc'))],
  'samples elsewhere in the caller': [times(20, 'ab'), looksAt(...times(9, 'abc')), 40],
  'a share that the looks do not have': [[...times(5, 'ab'), ...times(15, 'ax')], looksAt(...times(9, 'abc'))],
  'little of it': [[...times(1, 'ab'), ...times(99, 'ax')], looksAt(...times(6, 'abc'), ...times(94, 'ax'))],
  'a function that V8 does not have there': [times(20, 'ab'), looksAt(...times(9, 'abc')), 12, 'abd'],
  'a stack that V8 was not asked for': [times(20, 'ab'), looksAt(...times(9, 'abc')), 12, ''],
  'a process that waits': [times(20, '.'), looksAt(...times(9, ''))],
};

for (const [what, [stacks, looks, tickLine, told]] of Object.entries(unchanged)) {
  test(`unchanged: ${what}`, () => {
    const before = stacksOf(blameLoops(profileOf(stacks, tickLine), []).totals);
    const { totals, moved, comments } = blameLoops(profileOf(stacks, tickLine), looks, told);
    assert.deepEqual(stacksOf(totals), before);
    assert.equal(moved.size, 0);
    assert.ok(comments.every(comment => comment.startsWith('unsure: ')));
  });
}

test('V8 is asked when many looks that found JavaScript are the same, as in a loop', () => {
  const repeated = (...paths: string[]) => repeatedLook(looksAt(...paths));
  assert.deepEqual(repeated(...times(6, 'abc'), ...times(14, 'ax'), ...times(90, '')), lookAt('ax'));
  assert.equal(repeated(...times(5, 'abc'), ...times(15, 'ax').map((path, i) => path + i)), undefined);
  assert.equal(repeated(...times(4, 'abc')), undefined);
  assert.equal(repeated(...times(20, '')), undefined);
});

test('V8 is asked until it has told the repeated look three times, whatever else it told', () => {
  const enough = (...told: string[]) => isToldEnough(lookAt('abc'), told.map(toldAt));
  assert.equal(enough('abc', 'abcd', 'abc'), true);
  assert.equal(enough('abc', 'ab', 'abc', 'ax'), false);
  assert.equal(enough('abc', 'ab', 'abc', 'ax', 'abc'), true);
});

test('that V8 finds the caller elsewhere, as in what it does between two calls, says nothing against the function', () => {
  const looks = looksAt(...times(12, 'abc'));
  const elsewhere = toldAt('abx').map(one => (one.function === 'b' ? { ...one, line: 40 } : one));
  const judged = (other: StackFrame[]) => {
    const totals = sumWindows([windowOf(profileOf(times(20, 'ab')))], range);
    return { totals, ...blame(totals, { looks, told: [...times(3, 'abc').map(toldAt), other] }) };
  };
  assert.deepEqual(stacksOf(judged(elsewhere).totals), { abc: 20 });
  const within = judged(toldAt('abx'));
  assert.deepEqual(stacksOf(within.totals), { ab: 20 });
  assert.match(within.comments.join(), /^unsure: /);
});

test('a loop that comes and goes is put right too', () => {
  const stacks = [...times(12, 'ab'), ...times(6, 'ax'), ...times(60, '.')];
  const looks = looksAt(...times(8, 'abc'), ...times(4, 'ax'), ...times(40, ''));
  const { totals } = blameLoops(profileOf(stacks), looks, 'abc');
  assert.deepEqual(stacksOf(totals), { abc: 12, ax: 6, '.': 60 });
});

test('a loop that is over when V8 is asked is told of', () => {
  const { comments } = blameLoops(profileOf(times(20, 'ab')), looksAt(...times(11, 'abc')), 'x');
  assert.match(comments.join(), /^unsure: some of what V8 told for b may be c/);
});

test('where looks and samples disagree, or nothing could be looked at, a comment says so', () => {
  const elsewhere = blameLoops(profileOf(times(20, 'ab'), 40), looksAt(...times(9, 'abc')));
  assert.match(elsewhere.comments.join(), /^unsure: some of what V8 told for b may be c/);
  assert.match(blameLoops(profileOf(times(20, 'ab')), undefined).comments.join(), /^unsure: b has nearly all/);
  assert.deepEqual(blameLoops(profileOf([...times(9, 'ab'), ...times(9, 'c')]), undefined).comments, []);
});

test('of what nobody looks at it is told that loops are not checked, when one or two functions have nearly all', () => {
  const told = (...stacks: string[]) =>
    tellUnchecked(sumWindows([windowOf(profileOf(stacks))], range), 'worker 1').join();
  assert.match(told(...times(20, 'ab')), /^unsure: b: nearly all of worker 1, where loops are not checked/);
  assert.match(
    told(...times(9, 'ab'), ...times(9, 'c'), ...times(40, '.')),
    /^unsure: (?:b and c|c and b): nearly all/,
  );
  assert.equal(told(...times(9, 'ab'), ...times(9, 'c'), ...times(9, 'd')), '');
  assert.equal(told(...times(3, 'ab'), ...times(40, '.')), '', 'hardly anything ran');
});
