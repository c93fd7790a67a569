// Holds one import to the rule of the folder it stands in.

import { importRules } from '../import-rules.mjs';

/** The rule whose folder holds `file`, the longest when there are several. @param {string} file */
export function ruleOf(file) {
  const holding = importRules.filter(rule => file.startsWith(`${rule.from}/`));
  const rule = holding.sort((a, b) => b.from.length - a.from.length)[0];
  if (rule === undefined) throw new Error(`no import rule for ${file}`);
  return rule;
}

/**
 * What is wrong with the import; undefined when nothing is.
 * @param {import('../import-rules.mjs').ImportRule} rule
 * @param {string} specifier
 * @param {import('./resolve.mjs').Target} target
 * @returns {string | undefined}
 */
export function judgeImport(rule, specifier, target) {
  if (target.kind === 'missing') return `imports ${specifier}, which cannot be found: ${target.why}`;
  if (rule.may.includes('*')) return undefined;
  if (target.kind === 'npm' && !target.declared) {
    return `imports ${target.name}, which its package.json does not declare`;
  }
  const what = forbidden(rule, specifier, target);
  if (what === undefined) return undefined;
  const allowed = [rule.from, ...(rule.only ?? rule.may)].join(', ');
  return `imports ${what}; ${rule.from} may import ${allowed}, because ${rule.because}`;
}

/**
 * What the rule forbids to import, as it should be told; undefined when it allows it.
 * @param {import('../import-rules.mjs').ImportRule} rule
 * @param {string} specifier
 * @param {Exclude<import('./resolve.mjs').Target, { kind: 'missing' }>} target
 * @returns {string | undefined}
 */
function forbidden(rule, specifier, target) {
  if (target.kind === 'node') return rule.may.includes('node:*') ? undefined : `node:${target.name}`;
  if (target.kind === 'npm') {
    return rule.may.includes('npm:*') || rule.may.includes(target.name) ? undefined : `the package ${target.name}`;
  }
  const to = ruleOf(target.file).from;
  if (to === rule.from) return undefined;
  if (!rule.may.includes(to)) return target.file;
  if (to.split('/')[0] === rule.from.split('/')[0]) return undefined;
  if (target.relative) return `${specifier} by its path instead of its package's name`;
  return rule.only === undefined || rule.only.includes(specifier) ? undefined : specifier;
}
