/**
 * Expressions see foreign text: names in profiles, files of a checkout, what a hostile process answers. None in the packages takes more than linear
 * time, but for those listed here with what bounds their text.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CallExpression, type NewExpression, parseSync, Visitor } from 'oxc-parser';
import { root } from './checkout.js';
import { judge } from './regular-expressions/ambiguity.js';

const folders = ['core/src', 'probe/src', 'agent/src', 'cli/src', 'ui/src'];

/** By source. */
const bounded: Record<string, string> = {
  '^(?:([+-]?\\d+)([A-Za-z]+)?)?(:)?(?:([+-]?\\d+)([A-Za-z]+)?)?$': 'an option that its user types',
  '\\\\Q([\\s\\S]*?)(?:\\\\E|$)': 'an option that its user types',
  '\\[[^\\]]*\\]': 'what its user types to search for',
  '(\\d+(?:\\.\\d+)?)(ms|s|m|h)': 'an option that its user types',
  '^(.*?)(\\d+)$': 'a word that its user types',
  '\\.?0+$': 'the digits of a number: 25 at most, 125 with toFixed',
  '0+$': 'nine digits',
  '(?<=\\d)(?=(?:\\d{3})+$)': 'the digits of a number: 21 at most',
  '^(\\d+\\.\\d+\\.\\d+[-.\\w+]*?)(?:-headers)?\\.tar\\.gz': '128 bytes (overlapBytes)',
  '[^/]*\\/[^/]*$': 'the address of the module itself',
};

/** `new RegExp(…)` of what is not written down, by file and argument. */
const built: Record<string, string> = {
  'cli/src/output/marks.ts: `${lead}<(\\\\w+)>`': 'a random text and one class: linear',
  'core/src/profile/go-regexp.ts: source, flags':
    'typed by its user, or in a profile: cli/src/linear-expressions.ts has V8 leave backtracking for its linear engine',
  "core/src/profile/flame/search.ts: text, /\\p{Lu}/u.test(text.replace(/\\\\./g, '')) ? '' : 'i'":
    'typed by its user; unless isQuick, it runs in a worker that is given up (ui/src/worker)',
  "probe/src/beside/memory.ts: `^${name}:\\\\s+(\\\\d+) kB$`, 'm'":
    'of names in the code: linear, as smaps is the kernel’s',
};

interface Expression {
  where: string;
  source: string;
  flags: string;
}

const { literals, calls } = readAll();

function readAll(): { literals: Expression[]; calls: string[] } {
  const literals: Expression[] = [];
  const calls: string[] = [];
  for (const folder of folders) {
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      if (!/\.tsx?$/.test(name)) continue;
      const file = `${folder}/${name}`;
      const text = readFileSync(join(root, file), 'utf8');
      const call = ({ callee, arguments: given }: NewExpression | CallExpression) => {
        if (callee.type !== 'Identifier' || callee.name !== 'RegExp') return;
        calls.push(`${file}: ${text.slice(given[0]?.start, given.at(-1)?.end)}`);
      };
      new Visitor({
        Literal(node) {
          if (!('regex' in node) || node.regex === undefined) return;
          const line = text.slice(0, node.start).split('\n').length;
          literals.push({ where: `${file}:${line}`, source: node.regex.pattern, flags: node.regex.flags });
        },
        NewExpression: call,
        CallExpression: call,
      }).visit(parseSync(name, text).program);
    }
  }
  return { literals, calls };
}

test('every regular expression of the packages takes linear time, or its text is bounded', t => {
  assert.ok(literals.length > 200, `${literals.length} found`);
  const wrong = literals.flatMap(({ where, source, flags }) => {
    const verdict = judge(source, flags);
    return verdict === 'linear' || Object.hasOwn(bounded, source)
      ? []
      : [`${where} ${JSON.stringify(verdict)} /${source}/${flags}`];
  });
  assert.deepEqual(wrong, []);
  t.diagnostic(`${literals.length} expressions, ${Object.keys(bounded).length} with bounded text`);
  assert.deepEqual(calls.toSorted(), Object.keys(built).toSorted(), 'what is built when it runs');
});

test('no exception is listed that is not needed', () => {
  for (const source of Object.keys(bounded)) {
    const found = literals.find(each => each.source === source);
    assert.ok(found !== undefined, `there is no /${source}/ any more`);
    assert.equal(judge(source, found.flags), 'polynomial', source);
  }
});

/** As recheck 4.5.0 (automata and fuzzing) and measurements have them. */
const known = {
  linear: [
    ['^\\d+$', ''],
    ['^(?:[^/]+/)*x', ''],
    ['\\w+', 'g'],
    ['a.*', ''],
    ['^[ \\t]*key[ \\t]*=', 'm'],
    ['\\bab\\w{20,}', 'g'],
    ['"[^"]*"', 'g'],
    ['^(?:partial|main thread only|only \\d+ worker|worker \\d+)\\b|^profiling all the time is off|instead of', ''],
  ],
  polynomial: [
    ['0+$', ''],
    ['\\s*x', ''],
    ['^\\s*key', 'm'],
    ['^(.*?) \\((.*):(\\d+)\\)$', ''],
    ['^\\[remote "origin"\\]$[^[]*?^\\s*url\\s*=\\s*(\\S+)\\s*$', 'm'],
    ['eyJ[\\w-]{8,}\\.[\\w-]{8,}', 'g'],
    ['(?<=\\d)(?=(?:\\d{3})+$)', 'g'],
    ['a.*b|a', 'g'],
    ['\\{"a":"(.*?)","b":"(.*?)","c":', 'gs'],
  ],
  exponential: [
    ['^(a+)+$', ''],
    ['^(a|a)*$', ''],
    ['^(?:a*)*b', ''],
    ['^(?:#[^\\n]*\\n|\\s*\\n)*[^\\n]*\\S [0-9.]+\\s*(?:\\n|$)', ''],
    ['^(?:\\s*(?:\\/\\/.*)?(?:\\n|$))*\\s*$', ''],
    ['^(\\w+\\s?)*$', ''],
    ['^([a-z]|[A-Z])*!$', 'i'],
  ],
} as const;

for (const [verdict, expressions] of Object.entries(known)) {
  test(`the checker finds what is ${verdict}`, () => {
    for (const [source, flags] of expressions) assert.equal(judge(source, flags), verdict, `/${source}/${flags}`);
  });
}

test('what the checker does not know is not taken for linear', () => {
  assert.deepEqual(judge('(a)\\1', ''), { unknown: 'it refers back to a group' });
  assert.deepEqual(judge('(?<=a.*)b', ''), { unknown: 'it looks behind without a bound' });
});
