// Checks every import of every TypeScript file against import-rules.mjs, and finds cycles. Usage: node scripts/check-imports.mjs [folder]
//
// Prints one problem a line, `file:line: what, because why`; exits with 1 when there is one.

import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { exitRule, importRules, writeRule } from './import-rules.mjs';
import { findCycles } from './imports/cycles.mjs';
import { judgeImport, ruleOf } from './imports/judge.mjs';
import { createResolver } from './imports/resolve.mjs';
import { readSources } from './imports/sources.mjs';
import { root as checkout } from './setup/root.mjs';

/**
 * @param {string} root the folder that holds the packages
 * @returns {{ problems: string[], files: number, imports: number }}
 */
export function checkImports(root) {
  const folders = importRules.map(rule => rule.from);
  const sources = readSources(root, folders);
  const resolve = createResolver(root);
  /** @type {string[]} */
  const problems = [];
  /** @type {Map<string, { to: string, line: number }[]>} */
  const graph = new Map();
  let imports = 0;

  for (const source of sources) {
    const rule = ruleOf(source.file);
    /** @type {{ to: string, line: number }[]} */
    const edges = [];
    graph.set(source.file, edges);
    for (const problem of source.problems) problems.push(`${source.file}:${problem.line}: ${problem.message}`);
    for (const { specifier, line } of source.imports) {
      imports++;
      const target = resolve(source.file, specifier);
      if (target.kind === 'file') edges.push({ to: target.file, line });
      const wrong = judgeImport(rule, specifier, target);
      if (wrong !== undefined) problems.push(`${source.file}:${line}: ${wrong}`);
    }
    if (rule.isProgram === true) continue;
    if (source.file !== exitRule.file)
      for (const line of source.exits) problems.push(`${source.file}:${line}: ends the process; ${exitRule.because}`);
    if (source.file !== writeRule.file)
      for (const line of source.writes)
        problems.push(`${source.file}:${line}: writes to a standard stream; ${writeRule.because}`);
  }
  for (const cycle of findCycles(graph)) {
    const steps = [...cycle.slice(1), cycle[0]].map(step => step?.file).join(' → ');
    problems.push(
      `${cycle[0]?.file}:${cycle[0]?.line}: a cycle of imports, type-only ones included: ${cycle[0]?.file} → ${steps}`,
    );
  }
  return { problems, files: sources.length, imports };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { problems, files, imports } = checkImports(path.resolve(process.argv[2] ?? checkout));
  for (const problem of problems) console.log(problem);
  console.log(`${imports} imports in ${files} files checked, ${problems.length} problems`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
