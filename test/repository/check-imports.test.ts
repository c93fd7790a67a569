/** The import rules, on small trees that each break one of them. */

import assert from 'node:assert/strict';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { makeTree, root, runNode } from './checkout.js';

const exports = { './*': { types: './dist/*.d.ts', default: './dist/*.js' } };

const packages = {
  'core/package.json': JSON.stringify({
    name: '@nops/core',
    exports,
    dependencies: { pako: '1.0.0' },
  }),
  'probe/package.json': JSON.stringify({
    name: '@nops/probe',
    exports,
    dependencies: { '@nops/core': '1.0.0', ws: '1.0.0' },
  }),
  'agent/package.json': JSON.stringify({
    name: '@nops/agent',
    exports: { '.': { default: './dist/index.js' }, './register': './dist/register.js' },
  }),
  'cli/package.json': JSON.stringify({ name: 'nops' }),
  'examples/package.json': JSON.stringify({ name: '@nops/examples' }),
};

/** What the checker prints about a tree, without its last line. */
function check(t: TestContext, files: Record<string, string>): { code: number | null; problems: string[] } {
  const folder = makeTree(t, { ...packages, ...files });
  const { code, output } = runNode([path.join(root, 'scripts/check-imports.mjs'), folder]);
  const lines = output.trimEnd().split('\n');
  assert.match(lines.pop() ?? '', /^\d+ imports in \d+ files checked, \d+ problems$/, output);
  return { code, problems: lines };
}

test('a tree that keeps the rules has no problems', t => {
  const result = check(t, {
    'core/src/a/model.ts': 'export type Model = 1;',
    'core/src/a/use.ts': 'import type { Model } from "./model.js";\nexport const use = (m: Model): Model => m;',
    'probe/src/read.ts':
      'import fs from "node:fs";\nimport { use } from "@nops/core/a/use";\nimport ws from "ws";\nexport { fs, use, ws };',
    'agent/src/messages/shared.ts': 'export type Message = 1;',
    'agent/src/main/start.ts': 'import type { Message } from "../messages/shared.js";\nexport const m: Message = 1;',
    'agent/src/worker/main.ts': 'import type { Message } from "../messages/shared.js";\nexport const m: Message = 1;',
    'agent/src/index.ts': 'export { m } from "./main/start.js";',
    'agent/src/register.ts': 'import "./index.js";',
    'cli/src/main.ts': 'import { fs } from "@nops/probe/read";\nprocess.exit(fs ? 0 : 1);',
    'examples/one/service.ts': 'import { m } from "@nops/agent";\nimport "@nops/agent/register";\nconsole.log(m);',
    'test/all.test.ts': 'import "../core/src/a/use.js";\nprocess.exit(0);',
  });
  assert.deepEqual(result, { code: 0, problems: [] });
});

/** Each breaks one rule: its files, and the one problem that must be told. */
const broken: { name: string; files: Record<string, string>; problem: RegExp }[] = [
  {
    name: 'node: in core',
    files: { 'core/src/a.ts': '\n\nimport fs from "node:fs";\nexport default fs;' },
    problem: /^core\/src\/a\.ts:3: imports node:fs; core\/src may import core\/src, because core is pure/,
  },
  {
    name: 'a module of Node without its prefix in core',
    files: { 'core/src/a.ts': 'export { join } from "path";' },
    problem: /^core\/src\/a\.ts:1: imports node:path; /,
  },
  {
    name: 'a reference to types in a comment',
    files: { 'core/src/a.ts': '/// <reference types="node" />\nexport const a = 1;' },
    problem: /^core\/src\/a\.ts:1: refers to node in a comment/,
  },
  {
    name: 'a package in core that is declared, yet not allowed',
    files: { 'core/src/a.ts': 'import "pako";' },
    problem: /^core\/src\/a\.ts:1: imports the package pako; /,
  },
  {
    name: 'a package that is not declared',
    files: { 'probe/src/a.ts': 'import "leftpad";' },
    problem: /^probe\/src\/a\.ts:1: imports leftpad, which its package\.json does not declare$/,
  },
  {
    name: 'a type-only import against the direction',
    files: {
      'core/src/a.ts': 'import type { B } from "@nops/probe/b";\nexport type A = B;',
      'probe/src/b.ts': 'export type B = 1;',
    },
    problem: /^core\/src\/a\.ts:1: imports probe\/src\/b\.ts; /,
  },
  {
    name: 'a type imported inside an expression',
    files: { 'core/src/a.ts': 'export type A = import("@nops/probe/b").B;', 'probe/src/b.ts': 'export type B = 1;' },
    problem: /^core\/src\/a\.ts:1: imports probe\/src\/b\.ts; /,
  },
  {
    name: 'a dynamic import',
    files: { 'core/src/a.ts': 'export const b = () => import("node:fs");' },
    problem: /^core\/src\/a\.ts:1: imports node:fs; /,
  },
  {
    name: 'another package by its path',
    files: { 'probe/src/a.ts': 'export * from "../../core/src/b.js";', 'core/src/b.ts': 'export const b = 1;' },
    problem: /^probe\/src\/a\.ts:1: imports \.\.\/\.\.\/core\/src\/b\.js by its path/,
  },
  {
    name: 'the worker’s code on the app’s thread',
    files: { 'agent/src/main/a.ts': 'import "../worker/main.js";', 'agent/src/worker/main.ts': 'export {};' },
    problem: /^agent\/src\/main\/a\.ts:1: imports agent\/src\/worker\/main\.ts; .*share messages and nothing else$/,
  },
  {
    name: 'the app’s thread’s code in the worker',
    files: { 'agent/src/worker/main.ts': 'import "../index.js";', 'agent/src/index.ts': 'export {};' },
    problem: /^agent\/src\/worker\/main\.ts:1: imports agent\/src\/index\.ts; /,
  },
  {
    name: 'an example that looks inside',
    files: { 'examples/one/a.ts': 'import "@nops/core/b";', 'core/src/b.ts': 'export {};' },
    problem: /^examples\/one\/a\.ts:1: imports core\/src\/b\.ts; /,
  },
  {
    name: 'what a package does not export',
    files: { 'examples/one/a.ts': 'import "@nops/agent/main/start";', 'agent/src/main/start.ts': 'export {};' },
    problem: /^examples\/one\/a\.ts:1: imports @nops\/agent\/main\/start, which cannot be found: /,
  },
  {
    name: 'a file that is not there',
    files: { 'core/src/a.ts': 'import "./b.js";' },
    problem: /^core\/src\/a\.ts:1: imports \.\/b\.js, which cannot be found: /,
  },
  {
    name: 'a cycle',
    files: {
      'core/src/a.ts': 'import "./b.js";',
      'core/src/b.ts': '\nexport * from "./c.js";',
      'core/src/c.ts': 'import type { A } from "./a.js";\nexport type C = A;',
    },
    problem:
      /^core\/src\/a\.ts:1: a cycle of imports.*: core\/src\/a\.ts → core\/src\/b\.ts → core\/src\/c\.ts → core\/src\/a\.ts$/,
  },
  {
    name: 'a file that imports itself',
    files: { 'core/src/a.ts': 'import "./a.js";' },
    problem: /^core\/src\/a\.ts:1: a cycle of imports.*: core\/src\/a\.ts → core\/src\/a\.ts$/,
  },
  {
    name: 'process.exit outside of the command line’s entry',
    files: { 'agent/src/index.ts': 'export const end = () =>\n  process.exit(1);' },
    problem: /^agent\/src\/index\.ts:2: ends the process; only the command line’s entry/,
  },
  {
    name: 'process.exit by another name',
    files: { 'cli/src/run.ts': 'import p from "node:process";\nexport const end = () => p["exit"]();' },
    problem: /^cli\/src\/run\.ts:2: ends the process; /,
  },
  {
    name: 'exit taken out of process',
    files: { 'cli/src/run.ts': 'const { exit: end } = globalThis.process;\nexport { end };' },
    problem: /^cli\/src\/run\.ts:1: ends the process; /,
  },
  {
    name: 'exit imported by name',
    files: { 'probe/src/run.ts': 'export const a = 1;\nimport { exit } from "node:process";\nexit();' },
    problem: /^probe\/src\/run\.ts:2: ends the process; /,
  },
  {
    name: 'standard output written to past the writer',
    files: { 'cli/src/run.ts': 'import p from "node:process";\nexport const tell = () => p.stdout.write("a");' },
    problem: /^cli\/src\/run\.ts:2: writes to a standard stream; all output goes through the writer/,
  },
  {
    name: 'standard error taken out of process',
    files: { 'core/src/run.ts': 'const { stderr } = globalThis.process;\nexport { stderr };' },
    problem: /^core\/src\/run\.ts:1: writes to a standard stream; /,
  },
  {
    name: 'the console',
    files: { 'cli/src/run.ts': 'export const tell = () => console.error("a");' },
    problem: /^cli\/src\/run\.ts:1: writes to a standard stream; /,
  },
  {
    name: 'a file that does not parse',
    files: { 'core/src/a.ts': 'export const = ;' },
    problem: /^core\/src\/a\.ts:1: /,
  },
];

for (const { name, files, problem } of broken) {
  test(`refused: ${name}`, t => {
    const { code, problems } = check(t, files);
    assert.equal(problems.length, 1, problems.join('\n'));
    assert.match(problems[0] ?? '', problem);
    assert.equal(code, 1);
  });
}
